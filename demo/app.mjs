// A small app behind Postern: it signs a person in with the authorization code flow and PKCE, shows who they are, and signs
// them out again. `node demo/app.mjs` beside `npm start`, then open http://localhost:3000. It also hears of sign-outs
// elsewhere, once the address that it prints is registered: `postern client change demo --mode dev --backchannel-logout-uri …`.
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import * as client from 'openid-client';

const {
  ISSUER = 'http://localhost:4400',
  CLIENT_ID = 'demo',
  CLIENT_SECRET = 'demo-secret',
  PORT = '3000',
  ORIGIN = `http://localhost:${PORT}`,
} = process.env;

/** Cookie → what this app remembers: a sign-in under way, or the person. In memory, gone with the process. */
const sessions = new Map();
const maxSessions = 1000;

/** Read once, when the first person comes: the app may start before the issuer does. */
let discovered;
function provider() {
  const authentication = CLIENT_SECRET ? client.ClientSecretBasic(CLIENT_SECRET) : client.None();
  const options = ISSUER.startsWith('http:') ? { execute: [client.allowInsecureRequests] } : {};
  discovered ??= client.discovery(new URL(ISSUER), CLIENT_ID, {}, authentication, options);
  discovered.catch(() => {
    discovered = undefined;
  });
  return discovered;
}

function page(title, body) {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>${title}</title>
<style>body{font:1rem/1.5 system-ui;max-width:40rem;margin:3rem auto;padding:0 1rem}dt{font-weight:600}dd{margin:0 0 .5rem}</style>
<h1>${title}</h1>${body}</html>`;
}

const escaped = (value) =>
  (typeof value === 'string' ? value : JSON.stringify(value)).replace(
    /[&<>"']/g,
    (character) => `&#${character.charCodeAt(0)};`,
  );

function home(session) {
  if (!session?.claims)
    return page('Demo app', '<p>Nobody is signed in.</p><p><a id="login" href="/login">Sign in with Postern</a></p>');
  const rows = Object.entries(session.claims).map(
    ([name, value]) => `<dt>${escaped(name)}</dt><dd>${escaped(value)}</dd>`,
  );
  const name = session.claims.name ?? session.claims.sub;
  return page(`Hello, ${escaped(name)}`, `<dl>${rows.join('')}</dl><p><a id="logout" href="/logout">Sign out</a></p>`);
}

/** Starts a sign-in under a fresh cookie, so that nobody can plant one beforehand. */
async function login() {
  const config = await provider();
  const session = {
    verifier: client.randomPKCECodeVerifier(),
    state: client.randomState(),
    nonce: client.randomNonce(),
  };
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: `${ORIGIN}/callback`,
    scope: 'openid profile email groups',
    code_challenge: await client.calculatePKCECodeChallenge(session.verifier),
    code_challenge_method: 'S256',
    state: session.state,
    nonce: session.nonce,
  });
  return { location: url.href, cookie: remember(session) };
}

async function callback(url, id, session) {
  if (!session?.verifier) return { status: 400, html: page('Start again', '<p><a href="/login">Sign in</a></p>') };
  sessions.delete(id);
  const config = await provider();
  const tokens = await client.authorizationCodeGrant(config, url, {
    pkceCodeVerifier: session.verifier,
    expectedState: session.state,
    expectedNonce: session.nonce,
    idTokenExpected: true,
  });
  const { sub, sid } = tokens.claims();
  const person = await client.fetchUserInfo(config, tokens.access_token, sub);
  return { location: '/', cookie: remember({ claims: person, idToken: tokens.id_token, sub, sid }) };
}

const logoutEvent = 'http://schemas.openid.net/event/backchannel-logout';
let keys;

/** The issuer says that somebody is signed out (OpenID Connect Back-Channel Logout 1.0 §2.6): of one session, or of all. */
async function backchannelLogout(request) {
  const { issuer, jwks_uri } = (await provider()).serverMetadata();
  keys ??= createRemoteJWKSet(new URL(jwks_uri));
  const token = new URLSearchParams(await text(request)).get('logout_token') ?? '';
  const expected = { issuer, audience: CLIENT_ID, typ: 'logout+jwt', requiredClaims: ['iat', 'exp', 'jti'] };
  const told = await jwtVerify(token, keys, expected).then(
    ({ payload }) => payload,
    () => undefined,
  );
  const isGood = told?.events?.[logoutEvent] && told.nonce === undefined && (told.sid ?? told.sub);
  if (!isGood) return { status: 400, html: 'no logout token of this issuer for this app' };
  for (const [id, { sid, sub }] of sessions) {
    if (told.sid === undefined ? sub === told.sub : sid === told.sid) sessions.delete(id);
  }
  return { html: '' };
}

async function logout(id, session) {
  sessions.delete(id);
  const hint = session?.idToken ? { id_token_hint: session.idToken } : {};
  const url = client.buildEndSessionUrl(await provider(), { post_logout_redirect_uri: `${ORIGIN}/`, ...hint });
  return { location: url.href, cookie: '' };
}

function remember(session) {
  if (sessions.size >= maxSessions) sessions.delete(sessions.keys().next().value);
  const id = randomBytes(32).toString('base64url');
  sessions.set(id, session);
  return id;
}

async function answer(request) {
  const url = new URL(request.url, ORIGIN);
  const id = /(?:^|; )demo=([^;]*)/.exec(request.headers.cookie ?? '')?.[1];
  const session = sessions.get(id);
  if (request.method === 'POST' && url.pathname === '/backchannel-logout') return backchannelLogout(request);
  if (request.method !== 'GET') return { status: 405, html: page('Not that way', '') };
  if (url.pathname === '/') return { html: home(session) };
  if (url.pathname === '/login') return login();
  if (url.pathname === '/callback') return callback(url, id, session);
  if (url.pathname === '/logout') return logout(id, session);
  return { status: 404, html: page('Nothing here', '<p><a href="/">Back</a></p>') };
}

/** What went wrong, in a sentence: the error of the protocol, or the issuer that can't be reached. */
function failure(error) {
  console.error(error);
  const unreachable = error.cause?.code === 'ECONNREFUSED' && `${ISSUER} does not answer. Start it and try again.`;
  const reason = unreachable || (error.error_description ?? error.error ?? error.message);
  return { status: 502, html: page('That did not work', `<p>${escaped(reason)}</p><p><a href="/">Back</a></p>`) };
}

const server = createServer(async (request, response) => {
  const { status = 200, html = '', location, cookie } = await answer(request).catch(failure);
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('Content-Type', 'text/html; charset=utf-8');
  if (cookie !== undefined) {
    response.setHeader('Set-Cookie', `demo=${cookie}; Path=/; HttpOnly; SameSite=Lax${cookie ? '' : '; Max-Age=0'}`);
  }
  if (location) response.setHeader('Location', location);
  response.writeHead(location ? 303 : status).end(html);
});

server.listen(Number(PORT), () =>
  console.log(`Demo app on ${ORIGIN}, signing in at ${ISSUER}
To hear of sign-outs elsewhere, register for ${CLIENT_ID} backchannelLogoutUri: ${ORIGIN}/backchannel-logout`),
);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(0));
