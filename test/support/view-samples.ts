/**
 * One or more models of each view, together every variant that a page can show: for the views test, the browser's look at
 * the pages, and screenshots. Each key of a model is there, `undefined` where it is absent, because the test's models are strict.
 */
import type { ErrorKind, ErrorProblem, ViewModels, ViewName } from '../../src/http/views.ts';
import { accountSamples } from './view-samples-account.ts';
import { adminSamples } from './view-samples-admin.ts';
import { longName, paperless } from './view-samples-apps.ts';
import { auditSamples } from './view-samples-audit.ts';
import { clientSamples } from './view-samples-clients.ts';
import { deliverySamples } from './view-samples-deliveries.ts';
import { keySamples } from './view-samples-keys.ts';
import { signOutSamples } from './view-samples-sign-out.ts';

const demo = { id: 'demo', name: 'demo', host: 'localhost:3000', url: undefined };
const people = [
  { username: 'alice', name: 'Alice Archer', groups: ['admins', 'engineering'], disabled: false },
  { username: 'bob', name: 'Bob Brenner', groups: ['engineering'], disabled: false },
  { username: 'carol', name: 'Carol Castellan', groups: [], disabled: false },
  { username: 'dave', name: 'Dave Drummond', groups: [], disabled: true },
];
const mara = { name: 'Mara Lindqvist', username: 'mara' };
const post = { action: '/interaction/kq3nV8dZ', csrf: 'Kx0-csrf' };
const reference = 'E-7Q4M-2KXD';
export const sampleNow = Date.UTC(2026, 10, 20, 13, 31, 7);

const untouched = { username: '', error: undefined, notices: [] };
const own = (id: string) => ({ id, name: id, host: 'id.example.test', url: 'https://id.example.test/' });
const signIn: Record<string, ViewModels['interaction/sign-in']> = {
  picker: { ...post, client: demo, people, username: '', error: undefined, notices: [] },
  'picker with notices': {
    ...post,
    client: { ...demo, host: undefined },
    people: people.slice(0, 3),
    username: '',
    error: undefined,
    notices: ['registered', 'address-added', 'pkce-missing'],
  },
  'picker wrong': { ...post, client: demo, people, username: 'alice', error: { kind: 'wrong' }, notices: [] },
  form: { ...post, client: paperless, people: [], username: '', error: undefined, notices: [] },
  'form of the account page': { ...post, client: own('postern-account'), people: [], ...untouched },
  'form of the administration': { ...post, client: own('postern-admin'), people: [], ...untouched },
  'form long': { ...post, client: longName, people: [], username: '', error: undefined, notices: [] },
  wrong: { ...post, client: paperless, people: [], username: 'mara', error: { kind: 'wrong' }, notices: [] },
  throttled: {
    ...post,
    client: paperless,
    people: [],
    username: 'mara',
    error: { kind: 'throttled', retryAfterSeconds: 45 },
    notices: [],
  },
  unavailable: {
    ...post,
    client: paperless,
    people: [],
    username: 'mara',
    error: { kind: 'unavailable', retryAfterSeconds: 2 },
    notices: [],
  },
};

const ask = (scope: string, value?: string, resource?: string) => ({ scope, value, resource });
const consent: Record<string, ViewModels['interaction/consent']> = {
  plain: {
    ...post,
    client: { ...paperless, unverified: false, firstParty: true },
    account: mara,
    asks: [ask('openid'), ask('profile', 'Mara Lindqvist'), ask('email', 'mara@example.test'), ask('offline_access')],
    lastsSeconds: 90 * 86_400,
    returnsTo: 'paperless.example.test',
  },
  unverified: {
    ...post,
    client: { ...longName, unverified: true, firstParty: false },
    account: {
      name: 'Donaudampfschifffahrtsgesellschaft von und zu Überlingen',
      username: 'donaudampfschifffahrt@example.test',
    },
    asks: [
      ask('phone', '+49 40 555 0100'),
      ask('address'),
      ask('groups', 'admins, office'),
      ask('roles', 'editor'),
      ask('documents:write', undefined, 'Documents'),
      ask('payroll'),
    ],
    lastsSeconds: 3600,
    returnsTo: undefined,
  },
};

const problems: Record<ErrorProblem, { received: string[]; expected: string[] }> = {
  redirect_uri: {
    received: ['http://localhost:3000/oauth/callback'],
    expected: ['http://localhost:3000/silent', 'http://localhost:3000/auth/callback'],
  },
  post_logout_redirect_uri: { received: ['http://localhost:3000/bye'], expected: [] },
  client: { received: ['grafana'], expected: [] },
  response_type: { received: ['id_token token'], expected: ['code'] },
  pkce: { received: [], expected: ['code_challenge_method=S256'] },
  scope: { received: ['openid payroll'], expected: ['openid profile email'] },
  resource: { received: ['https://api.example.test'], expected: ['https://api.example.test/'] },
  parameter: { received: [], expected: [] },
};
const kinds: ErrorKind[] = [
  'app',
  'sign-out',
  'still-signed-in',
  'expired',
  'form',
  'invalid',
  'forbidden',
  'not-found',
  'busy',
  'unavailable',
  'internal',
];
const failure = {
  reference,
  at: sampleNow,
  app: undefined,
  retryAfterSeconds: undefined,
  explanation: undefined,
  said: undefined,
};

function said(): [string, ViewModels['error']][] {
  const fields = [
    { path: 'redirectUris[0]', message: 'must use https' },
    { path: 'name', message: 'must not be empty' },
  ];
  return [
    [
      'said',
      { ...failure, kind: 'expired', said: { message: 'This sign-in is over. Start again in the app.', fields: [] } },
    ],
    ['said with fields', { ...failure, kind: 'invalid', said: { message: 'The form can’t be read.', fields } }],
  ];
}

function errors(): Record<string, ViewModels['error']> {
  const plain = kinds.map((kind) => [kind, { ...failure, kind, retryAfterSeconds: kind === 'busy' ? 300 : undefined }]);
  const explained = Object.entries(problems).map(([problem, values]) => [
    `explained ${problem}`,
    {
      ...failure,
      kind: problem === 'post_logout_redirect_uri' ? 'sign-out' : 'app',
      app: problem === 'parameter' || problem === 'client' ? undefined : demo,
      explanation: {
        problem,
        error: 'invalid_request',
        description: `the engine's words about ${problem}`,
        ...values,
      },
    },
  ]);
  return Object.fromEntries([
    ...plain,
    ...explained,
    ...said(),
    ['app with a name', { ...failure, kind: 'app', app: paperless }],
  ]);
}

const issuer = 'http://localhost:4400';
const start: ViewModels['start'] = {
  issuer,
  discovery: `${issuer}/.well-known/openid-configuration`,
  jwks: `${issuer}/jwks`,
  client: { id: 'demo', secret: 'demo-secret' },
  people,
  strictClients: false,
  csrf: post.csrf,
};

const seconds = sampleNow / 1000;
const tokens: ViewModels['start/tokens'] = {
  csrf: post.csrf,
  account: { name: 'Alice Archer' },
  idToken: `eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6InNpZy0yMDI2LTExIn0.${'eyJpc3MiOiJodHRwOi8vbG9jYWxob3N0'.repeat(8)}.${'rT0Yx3mJqLwVb9cNf2Kd7sHg'.repeat(5)}`,
  header: { alg: 'RS256', kid: 'sig-2026-11', typ: 'JWT' },
  claims: {
    sub: 'acc_01JD2Z8V5Q7R',
    name: 'Alice Archer',
    email: 'alice@example.test',
    groups: ['admins', 'engineering'],
    address: { country: 'DE', locality: 'Hamburg' },
    email_verified: true,
    iss: issuer,
    aud: 'demo',
    exp: seconds + 3300,
    iat: seconds - 300,
    auth_time: seconds - 306,
    nonce: 'n-0S6_WzA2Mj',
    acr: 'urn:postern:dev-picker',
    amr: ['pwd'],
    sid: 'a1b2c3',
    at_hash: '77QmUPtjPfzWtF2AnpK9RQ',
    tenant: 'harbour',
  },
  accessToken: { expiresInSeconds: 3600, isJwt: false },
  hasRefreshToken: false,
  request: {
    endpoint: '/authorize',
    parameters: [
      ['client_id', 'demo'],
      ['response_type', 'code'],
      ['scope', 'openid profile email groups'],
      ['redirect_uri', `${issuer}/start/done`],
      ['code_challenge_method', 'S256'],
    ],
  },
};

const device = { action: '/device', xsrf: 'Kx0-xsrf' };
type DeviceCode = ViewModels['device/code'];
const deviceError = (error: DeviceCode['error']): DeviceCode => ({ ...device, userCode: 'WDJB-MJHT', error });

const goOn = { url: '/authorize/kq3nV8dZ?a=1&b=2', account: mara };
export const viewSamples: { [Name in ViewName]: Record<string, ViewModels[Name]> } = {
  ...accountSamples,
  ...adminSamples,
  ...clientSamples,
  ...keySamples,
  ...deliverySamples,
  ...auditSamples,
  'interaction/sign-in': signIn,
  'interaction/consent': consent,
  'interaction/access': {
    plain: { ...post, client: paperless, account: mara, isDevice: false },
    'long, on a device': {
      ...post,
      client: { ...longName, host: undefined },
      account: { name: 'Donaudampfschifffahrtsgesellschaft von und zu Überlingen', username: 'donaudampfschifffahrt' },
      isDevice: true,
    },
  },
  'interaction/continue': {
    'signed in': { ...goOn, reason: 'signed-in', app: paperless },
    'signed in to the account page': { ...goOn, reason: 'signed-in', app: own('postern-account') },
    allowed: { ...goOn, reason: 'allowed', app: paperless },
    cancelled: { ...goOn, reason: 'cancelled', app: { ...longName, host: undefined } },
    'no access': { ...goOn, reason: 'no-access', app: paperless, account: undefined },
    refused: { ...goOn, reason: 'refused', app: paperless, account: undefined },
    'signed out': { reason: 'signed-out', url: '/logout/success', app: undefined, account: undefined },
    'signed out of one app': { reason: 'left', url: paperless.url, app: paperless, account: undefined },
    'from elsewhere': { reason: 'elsewhere', url: '/admin/groups?x=1', app: undefined, account: undefined },
  },
  ...signOutSamples,
  'device/code': {
    plain: { ...device, userCode: '', error: undefined },
    missing: deviceError({ kind: 'missing' }),
    unknown: deviceError({ kind: 'unknown' }),
    expired: deviceError({ kind: 'expired' }),
    used: deviceError({ kind: 'used' }),
    throttled: deviceError({ kind: 'throttled', retryAfterSeconds: 90 }),
  },
  'device/confirm': {
    plain: { ...device, userCode: 'WDJBMJHT', shownCode: 'WDJB-MJHT', client: paperless, address: '192.0.2.7' },
    'no address': { ...device, userCode: 'WDJBMJHT', shownCode: 'WDJB-MJHT', client: longName, address: undefined },
  },
  'device/done': { plain: { client: paperless } },
  'device/refused': { plain: {} },
  error: errors(),
  start: {
    plain: start,
    strict: { ...start, strictClients: true, issuer: 'https://id.example.test', people: [] },
  },
  'start/tokens': {
    plain: tokens,
    'JWT and refresh': {
      ...tokens,
      accessToken: { expiresInSeconds: 300, isJwt: true },
      hasRefreshToken: true,
      header: { alg: 'ES256', kid: undefined, typ: undefined },
    },
  },
  'start/refused': {
    plain: { csrf: post.csrf, error: 'access_denied', description: 'the person cancelled the sign-in' },
    'no description': { csrf: post.csrf, error: 'login_required', description: '' },
  },
  'start/welcome': { plain: {} },
};
