// An OpenID provider of npm `oidc-provider` over TLS. Whoever comes is signed in as the person named, without being asked anything.
// Takes its settings as JSON; tells its port, then one line for each code that a client has redeemed: how the client proved itself.
import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import https from "node:https";
import { Provider } from "oidc-provider";

// The library's remarks go where they are not taken for ours.
console.info = console.warn = console.error;

const settings = JSON.parse(process.argv[2]);
const server = https.createServer({
  cert: readFileSync(settings.certificate),
  key: readFileSync(settings.key),
  ca: readFileSync(settings.authority),
  requestCert: true,
  rejectUnauthorized: false,
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const { port } = server.address();

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const client = { ...settings.client };
if (settings.client_public_key) {
  client.jwks = { keys: [{ ...createPublicKey(settings.client_public_key).export({ format: "jwk" }), use: "sig" }] };
}

const provider = new Provider(`https://localhost:${port}`, {
  clients: [{ grant_types: ["authorization_code"], response_types: ["code"], ...client }],
  clientAuthMethods: ["client_secret_basic", "client_secret_post", "private_key_jwt", "tls_client_auth"],
  jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), kid: "peer", use: "sig", alg: "RS256" }] },
  cookies: { keys: ["of a test, worth nothing"] },
  claims: { openid: ["sub"], profile: ["given_name", "family_name"], email: ["email", "email_verified"] },
  findAccount: (_ctx, sub) => ({ accountId: sub, claims: () => ({ ...settings.person, sub }) }),
  interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
  features: {
    devInteractions: { enabled: false },
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
provider.on("grant.error", (_ctx, error) => console.error(error.message, error.error_detail ?? ""));

const answer = provider.callback();
server.on("request", async (request, response) => {
  if (!request.url.startsWith("/interaction/")) return answer(request, response);
  const { prompt, params } = await provider.interactionDetails(request, response);
  if (prompt.name === "login") {
    return provider.interactionFinished(request, response, { login: { accountId: settings.person.sub } });
  }
  const grant = new provider.Grant({ accountId: settings.person.sub, clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  return provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } });
});
console.log(port);
