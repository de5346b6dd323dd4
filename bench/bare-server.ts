/**
 * One measured process: oidc-provider behind its plain `callback()`, with the raw SQLite adapter (argument: a new file)
 * or, without an argument, its own memory adapter, and with the protocol features that Postern has switched on. Tells
 * the parent its port; makes signed-in sessions on request.
 */
import { createHmac, generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider, { type Configuration, errors } from 'oidc-provider';
import { scopeClaims } from '../src/domain/accounts/claims.ts';
import { openBareAdapter } from './bare-adapter.ts';
import * as cast from './cast.ts';

const file = process.argv[2];
const adapter = file === undefined ? undefined : openBareAdapter(file);
const cookieKey = randomBytes(32).toString('base64url');
const accountId = 'acc_bench';

const clients = [
  {
    client_id: cast.webClient,
    client_secret: cast.secret,
    grant_types: ['authorization_code', 'refresh_token'],
    redirect_uris: [cast.callback],
  },
  {
    client_id: cast.machineClient,
    client_secret: cast.secret,
    grant_types: ['client_credentials'],
    response_types: [],
    redirect_uris: [],
  },
];

function keys() {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' });
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
  return [
    { ...rsa, kid: 'rsa', alg: 'RS256', use: 'sig' },
    { ...ec, kid: 'ec', alg: 'ES256', use: 'sig' },
  ];
}

function resourceServer(identifier: string) {
  const resource = cast.resources.find((one) => one.identifier === identifier);
  if (!resource) throw new errors.InvalidTarget();
  return {
    scope: cast.resourceScope,
    accessTokenFormat: 'jwt' as const,
    accessTokenTTL: cast.lifetimes.accessToken,
    jwt: { sign: { alg: resource.algorithm } },
  };
}

const configuration: Configuration = {
  ...(adapter ? { adapter } : { clients }),
  jwks: { keys: keys() } as Configuration['jwks'],
  cookies: { keys: [cookieKey], names: { session: 'session' } },
  routes: {
    authorization: '/authorize',
    token: '/token',
    userinfo: '/userinfo',
    jwks: '/jwks',
    introspection: '/introspect',
  },
  responseTypes: ['code'],
  scopes: ['openid', 'offline_access', ...Object.keys(scopeClaims).filter((scope) => scope !== 'openid')],
  claims: { ...scopeClaims, openid: ['sub', 'auth_time', 'acr', 'amr'] },
  acrValues: ['password'],
  clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'],
  conformIdTokenClaims: false,
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, email: cast.person.email, email_verified: true }),
  }),
  issueRefreshToken: async (_, client) => client.grantTypeAllowed('refresh_token'),
  rotateRefreshToken: true,
  ttl: {
    AccessToken: cast.lifetimes.accessToken,
    AuthorizationCode: 60,
    ClientCredentials: cast.lifetimes.accessToken,
    IdToken: cast.lifetimes.idToken,
    RefreshToken: cast.lifetimes.refreshToken,
    Session: cast.lifetimes.session,
    Grant: cast.lifetimes.session,
    Interaction: 600,
  },
  features: {
    devInteractions: { enabled: false },
    claimsParameter: { enabled: true },
    clientCredentials: { enabled: true },
    deviceFlow: { enabled: true },
    dPoP: { enabled: true, nonceSecret: randomBytes(32) },
    pushedAuthorizationRequests: { enabled: true },
    revocation: { enabled: true },
    rpInitiatedLogout: { enabled: true },
    introspection: { enabled: true, allowedPolicy: async () => true },
    resourceIndicators: {
      enabled: true,
      defaultResource: async () => [],
      useGrantedResource: async () => true,
      getResourceServerInfo: async (_, identifier) => resourceServer(identifier),
    },
  },
};

/** A session and a grant as a sign-in with consent leaves them; returns the Cookie header. */
async function signIn(provider: Provider): Promise<string> {
  const grant = new provider.Grant({ accountId, clientId: cast.webClient });
  grant.addOIDCScope(cast.scope);
  const grantId = await grant.save();
  const session = new provider.Session();
  session.accountId = accountId;
  session.loginTs = Math.floor(Date.now() / 1000);
  session.acr = 'password';
  session.amr = ['pwd'];
  session.authorizations = {
    [cast.webClient]: { sid: randomBytes(16).toString('base64url'), grantId, persistsLogout: true },
  };
  await session.save(cast.lifetimes.session);
  const cookie = `session=${session.jti}`;
  return `${cookie}; session.sig=${createHmac('sha1', cookieKey).update(cookie).digest('base64url')}`;
}

const server = createServer();
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', async () => {
  const { port } = server.address() as AddressInfo;
  const provider = new Provider(`http://localhost:${port}`, configuration);
  provider.on('server_error', (_, error) => console.error(error));
  if (adapter) for (const client of clients) await adapter('Client').upsert(client.client_id, client, 0);
  server.on('request', provider.callback());
  process.on('message', async (message: { ask?: string }) => {
    if (message.ask === 'signIn') process.send?.({ answer: 'signIn', cookie: await signIn(provider) });
  });
  process.send?.({ answer: 'ready', port });
});
process.on('SIGTERM', () => process.exit(0));
