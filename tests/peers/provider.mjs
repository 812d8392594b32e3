// An OpenID provider that is not ours: oidc-provider, certified. One JSON object on stdin tells its
// issuer, port, certificate, client and people; it prints "ready" once it listens.
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { generateKeyPairSync } from "node:crypto";
import Provider from "oidc-provider";

const asked = JSON.parse(readFileSync(0, "utf8"));
const key = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" });
const provider = new Provider(asked.issuer, {
  clients: [
    {
      client_id: asked.client,
      client_secret: asked.secret,
      redirect_uris: [asked.redirect],
      response_types: ["code"],
      grant_types: ["authorization_code"],
    },
  ],
  jwks: { keys: [{ ...key, kid: "r1", use: "sig", alg: "RS256" }] },
  cookies: { keys: ["throw-away"] },
  claims: { openid: ["sub", "tid"], email: ["email", "email_verified"] },
  pkce: { required: () => true },
  findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub, ...asked.people[sub] }) }),
});
createServer(
  { cert: readFileSync(asked.certificate), key: readFileSync(asked.key) },
  provider.callback(),
).listen(asked.port, "127.0.0.1", () => console.log("ready"));
