// Verifies an assertion with jose, from the issuer alone: verify.mjs ISSUER AUDIENCE < token. Prints the claims.
import { readFileSync } from "node:fs";
import { createRemoteJWKSet, jwtVerify } from "jose";

const [issuer, audience] = process.argv.slice(2);
const token = readFileSync(0, "utf8").trim();
const metadata = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
if (metadata.issuer !== issuer) throw new Error("another issuer");
const keys = createRemoteJWKSet(new URL(metadata.jwks_uri));
const { payload } = await jwtVerify(token, keys, { issuer, audience, typ: "guichet-assertion+jwt" });
console.log(JSON.stringify(payload));
