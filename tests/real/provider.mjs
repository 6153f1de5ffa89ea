// A real OpenID Connect provider for tests: the npm package oidc-provider with its device flow, on this machine alone.
// node provider.mjs FOLDER PORT: FOLDER has node_modules; who logs in by the name NAME has the address NAME@bank.example,
// which is verified unless the name begins with "new".
import { webcrypto } from 'node:crypto';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [folder, port] = process.argv.slice(2);
globalThis.crypto ??= webcrypto; // Node 18 keeps it elsewhere
const require = createRequire(`${folder}/`);
const { default: Provider } = await import(pathToFileURL(require.resolve('oidc-provider')).href);
const issuer = `http://127.0.0.1:${port}`;

const provider = new Provider(issuer, {
  clients: ['hubconsole', 'another'].map((client_id) => ({
    client_id,
    application_type: 'native',
    token_endpoint_auth_method: 'none',
    grant_types: ['urn:ietf:params:oauth:grant-type:device_code'],
    redirect_uris: [],
    response_types: [],
  })),
  claims: { openid: ['sub'], email: ['email', 'email_verified'] },
  conformIdTokenClaims: false,
  features: { deviceFlow: { enabled: true } },
  cookies: { keys: ['test'] },
  ttl: { DeviceCode: 60 },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, email: `${id}@bank.example`, email_verified: !id.startsWith('new') }),
  }),
});
provider.listen(Number(port), '127.0.0.1', () => console.log('listening'));
