// An OpenID provider of npm `oidc-provider` over TLS that asks people by CIBA, in poll mode. Whoever is asked says yes as soon as the
// client was told once to wait. Takes its settings as JSON; tells its port, then how the client proved itself at each grant.
import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import https from "node:https";
import { Provider, errors } from "oidc-provider";

// The library's remarks go where they are not taken for ours.
console.info = console.warn = console.error;

const settings = JSON.parse(process.argv[2]);
const { certificate, key, authority, person, refuses } = settings;
const server = https.createServer({
  cert: readFileSync(certificate),
  key: readFileSync(key),
  ca: readFileSync(authority),
  requestCert: true,
  rejectUnauthorized: false,
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const { port } = server.address();

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const client = {
  grant_types: ["urn:openid:params:grant-type:ciba"],
  response_types: [],
  redirect_uris: [],
  backchannel_token_delivery_mode: "poll",
  ...settings.client,
};
if (settings.client_public_key) {
  client.jwks = { keys: [{ ...createPublicKey(settings.client_public_key).export({ format: "jwk" }), use: "sig" }] };
}

const provider = new Provider(`https://localhost:${port}`, {
  clients: [client],
  clientAuthMethods: ["client_secret_basic", "private_key_jwt", "tls_client_auth"],
  jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), kid: "peer", use: "sig", alg: "RS256" }] },
  claims: { openid: ["sub"], profile: ["family_name", "SubjectNameID"] },
  findAccount: (_ctx, sub) => ({ accountId: sub, claims: () => ({ ...person, sub }) }),
  features: {
    devInteractions: { enabled: false },
    ciba: {
      enabled: true,
      deliveryModes: ["poll"],
      processLoginHint: (_ctx, hint) => (hint === person.SubjectNameID ? person.sub : undefined),
      validateRequestContext: () => {},
      validateBindingMessage: (_ctx, message) => {
        if (!/^[0-9]{2}$/.test(message)) throw new errors.InvalidBindingMessage("two digits");
      },
      verifyUserCode: () => {},
      triggerAuthenticationDevice: () => {},
    },
    mTLS: {
      enabled: true,
      tlsClientAuth: true,
      getCertificate: (ctx) => ctx.socket.getPeerX509Certificate(),
      certificateAuthorized: (ctx) => ctx.socket.authorized,
      certificateSubjectMatches: (ctx, property, expected) =>
        property === "tls_client_auth_san_dns" && ctx.socket.getPeerX509Certificate().checkHost(expected) === expected,
    },
  },
});
provider.on("grant.success", (ctx) => console.log(ctx.oidc.client.clientAuthMethod));
provider.on("grant.error", async (ctx, error) => {
  if (error.error !== "authorization_pending") return console.error(error.message, error.error_detail ?? "");
  const grant = new provider.Grant({ accountId: person.sub, clientId: ctx.oidc.client.clientId });
  grant.addOIDCScope("openid profile");
  await grant.save();
  const answer = refuses ? new errors.AccessDenied("the person said no") : grant;
  await provider.backchannelResult(ctx.oidc.params.auth_req_id, answer, { authTime: Math.floor(Date.now() / 1000) });
  console.log("answered");
});
server.on("request", provider.callback());
console.log(port);
