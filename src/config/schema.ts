/**
 * schema: the only definition of every setting: type, default, help, and whether it is secret. Names, flags, variables,
 * the reference and the JSON Schema follow from it. Rules between settings are in rules.ts.
 */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { algorithms } from '../base/algorithms.ts';
import { logLevels } from '../base/log.ts';
import { groupName } from '../base/names.ts';
import { accountEntry, attributeEntry, clientEntry, groupEntry, keyOverride, resourceEntry } from './entries.ts';
import { formats } from './formats.ts';
import { entries, integer, list, managedEntries, path, text, toggle, type ValuesOf } from './setting.ts';

const day = 86_400;
const seconds = [1, 366 * day] as const;
const count = [1, 1_000_000] as const;

/** A limit of so many in so many seconds. */
const limit = (what: string, limits: number, windowSeconds: number) => ({
  limit: integer(count, `${what}: how many`, limits),
  windowSeconds: integer(seconds, `${what}: in how many seconds`, windowSeconds),
});

const http = {
  trustProxy: list(formats.network, 'Proxies whose X-Forwarded-… headers count: addresses or networks', []),
  headersTimeoutSeconds: integer([1, 600], 'Time for a request to send its headers', 10),
  requestTimeoutSeconds: integer([1, 600], 'Time for a request to arrive whole', 15),
  keepAliveTimeoutSeconds: integer([1, 600], 'How long an idle connection stays open', 5),
  connectionsCheckingIntervalSeconds: integer([1, 60], 'How often slow connections are looked for', 2),
  maxRequestsPerSocket: integer(count, 'Requests on one connection before it is closed', 1000),
  maxConnections: integer(count, 'Connections open at once', 2000),
  maxHeaderBytes: integer([4096, 1_048_576], 'Size of all headers of a request, in bytes', 16_384),
  stopSeconds: integer([1, 600], 'Time for requests in flight to end when the server stops', 10),
};

const outbound = {
  allow: list(
    formats.outboundTarget,
    'What Postern may call that is not public: host names, host:port, addresses, networks. dev and testing also call loopback and private ones',
    [],
  ),
  timeoutMilliseconds: integer(
    [100, 60_000],
    'Milliseconds that a call may take, from looking the name up to the last byte',
    2500,
  ),
  maxBytes: integer([1024, 1_048_576], "Most bytes of an answer's body", 65_536),
};

const passwords = {
  memoryKib: integer([8, 4_194_304], 'argon2id memory, in KiB', { dev: 1024, testing: 8, serve: 19_456 }),
  iterations: integer([1, 100], 'argon2id passes', { dev: 1, testing: 1, serve: 2 }),
  parallelism: integer([1, 16], 'argon2id lanes', 1),
  concurrency: integer([1, 64], 'Passwords hashed at once', () => Math.min(16, availableParallelism()), {
    fallbackText: 'number of cores, at most 16',
  }),
  queue: integer(count, 'Sign-ins waiting for their hash before others are refused', 64),
  maxWaitSeconds: integer([1, 60], 'How long a sign-in waits for its hash, in seconds', 2),
  maxQueuedPerAddress: integer(count, 'Sign-ins of one address waiting for their hash', {
    dev: 64,
    testing: 64,
    serve: 4,
  }),
  minimumLength: integer([8, 128], 'Characters of a new password', 15),
};

const throttle = {
  enabled: toggle('Whether guessing is slowed down', { dev: false, testing: false, serve: true }),
  accountAndAddress: limit('Failed sign-ins to one account from one address prefix', 5, 900),
  account: {
    ...limit('Failed sign-ins to one account from unknown devices', 10, 3600),
    thenEverySeconds: integer(seconds, 'Beyond that limit: one try in so many seconds', 60),
    lockAfter: integer(count, 'Failures in a row that close an account to passwords from unknown devices', 100),
  },
  device: {
    ...limit('Failed sign-ins to one account from one known device', 10, 900),
    rememberSeconds: integer(seconds, 'How long a device stays known, in seconds', 180 * day),
  },
  address: {
    ...limit('Failed sign-ins from one address prefix (/32, /64)', 30, 900),
    siteFactor: integer([1, 1000], 'How many times that limit an IPv6 site (/48) has', 8),
  },
  accountsPerAddress: limit('Accounts tried in vain from one address prefix', 10, 900),
  global: limit('Failed sign-ins in all', 50, 1),
  clientSecret: limit(
    'Wrong secrets for one client from one address prefix; ten times as many for all clients',
    20,
    60,
  ),
  userCode: {
    perSession: integer(count, 'Wrong device codes in one browser session', 5),
    address: limit('Wrong device codes from one address prefix', 20, 3600),
    global: limit('Wrong device codes in all', 200, 3600),
  },
  authorize: limit('New requests from one address prefix at /authorize, /par and /device/code each', 600, 60),
};

const lifetimes = {
  codeSeconds: integer([1, 600], 'Authorization code', 60),
  parSeconds: integer([5, 600], 'Pushed authorization request', 60),
  interactionSeconds: integer([30, day], 'Time for a person to sign in and consent', 600),
  accessTokenSeconds: integer(seconds, 'Opaque access token', 600),
  jwtAccessTokenSeconds: integer(seconds, 'JWT access token', 300),
  idTokenSeconds: integer(seconds, 'ID token', 600),
  clientCredentialsSeconds: integer(seconds, 'Access token of a client acting for itself', 600),
  refreshTokenIdleSeconds: integer(seconds, 'Refresh token that is not used', 7 * day),
  refreshTokenSeconds: integer(seconds, 'Refresh token, however often it is used', 30 * day),
  grantSeconds: integer(seconds, 'Consent', ({ value }) => value('lifetimes.refreshTokenSeconds') as number, {
    fallbackText: 'as lifetimes.refreshTokenSeconds',
  }),
  sessionIdleSeconds: integer(seconds, 'Session that is not used', day),
  sessionSeconds: integer(seconds, 'Session, however often it is used', 30 * day),
  deviceCodeSeconds: integer([30, day], 'Device code', 600),
  deviceIntervalSeconds: integer([1, 60], 'Wait between two requests of a device', 5),
};

const admin = {
  groups: list(groupName, 'Groups whose members administer Postern', ['admins']),
  readGroups: list(groupName, 'Groups whose members see the admin pages and change nothing', ['auditors']),
  idleSeconds: integer([60, 30 * day], 'How long signed in to the admin pages without using them', 3600),
  sessionSeconds: integer([60, 30 * day], 'How long signed in to the admin pages, however often they are used', 43_200),
  reauthSeconds: integer([10, day], 'How fresh a sign-in must be for what cannot be undone', 300),
};

const links = {
  inviteSeconds: integer([60, 90 * day], 'Link by which a new person chooses a password', 7 * day),
  resetSeconds: integer([60, 7 * day], 'Link for a person who forgot the password', 1800),
};

const signOut = {
  giveUpSeconds: integer([60, 30 * day], 'How long an app is told again and again that somebody is signed out', day),
  retentionDays: integer([1, 3660], 'How many days it can be seen which app was told of what', 30),
};

const keys = {
  algorithms: list(
    z.enum(algorithms, { error: `must be one of ${algorithms.join(', ')}` }),
    'Signature algorithms that clients can pick from; each has keys of its own',
    {
      dev: algorithms,
      // An RSA key takes time to make, and a test has little of it.
      testing: algorithms.filter((name) => name !== 'PS256'),
      serve: algorithms,
    },
  ),
  publishAheadSeconds: integer([0, 90 * day], 'How long a new signing key is published before it signs', {
    dev: 0,
    testing: 0,
    serve: day,
  }),
  activeSeconds: integer([60, 3660 * day], 'How long a signing key signs', 90 * day),
  hintSeconds: integer(
    [0, 366 * day],
    'How long a signing key stays published after its last token has expired, for apps that sign out with an old ID token',
    30 * day,
  ),
  waitsForClients: toggle(
    'Whether a new signing key waits, beyond its time, for clients in use that have not fetched it',
    false,
  ),
  waitSeconds: integer([0, 90 * day], 'How long it waits for them at most', 7 * day),
  cookieSeconds: integer([3600, 3660 * day], 'How old the key that cookies are signed with gets', 90 * day),
  maxAgeSeconds: integer([0, day], 'How long others may keep key set and discovery (Cache-Control: max-age)', {
    dev: 0,
    testing: 0,
    serve: 300,
  }),
  overrides: entries(keyOverride, 'Other times for the signing keys of one algorithm'),
};

const audit = {
  retentionDays: integer(
    [0, 36_500],
    'How many days the audit log goes back, and API keys that have ended are listed; 0: for ever',
    365,
  ),
};

/** Every setting, in the order of the reference. */
export const schema = {
  issuer: text<string>(
    formats.issuer,
    'Address of this provider: https, no path, no trailing slash. http only for loopback. Required in serve',
    ({ mode, value }) => (mode === 'serve' ? '' : `http://localhost:${value('port')}`),
    { fallbackText: 'dev and testing: http://localhost:<port>' },
  ),
  dangerouslyAllowHttpIssuer: toggle('Lets serve run behind plain http, where passwords can be read on the way', false),
  host: list<string>(formats.listenAddress, 'Addresses to listen on', {
    dev: ['127.0.0.1', '::1'],
    testing: ['127.0.0.1', '::1'],
    serve: ['0.0.0.0'],
  }),
  port: integer([0, 65_535], 'Port to listen on', { dev: 4400, testing: 0, serve: 4400 }),
  data: path(formats.line(4000), 'Directory for the SQLite database and the generated secret of dev', '.postern'),
  database: {
    url: text<string | undefined>(formats.databaseUrl, 'PostgreSQL instead of SQLite', undefined, { secret: true }),
    file: path<string>(
      formats.line(4000),
      'SQLite database',
      ({ mode, value }) => join(value('data') as string, mode === 'serve' ? 'postern.db' : 'dev.db'),
      { fallbackText: '<data>/postern.db, in dev <data>/dev.db' },
    ),
  },
  memory: toggle(
    'SQLite in memory: nothing is kept. Not in serve',
    ({ mode, isSet }) => mode === 'testing' && !isSet('database.url') && !isSet('database.file'),
    { fallbackText: 'false, in testing true unless a database is set' },
  ),
  sharedDatabase: toggle('Lets a second server open the same SQLite file. For tests only', false),
  secret: list<string>(
    formats.secret,
    '256 random bits (openssl rand -base64 32) that seal what is stored. Required in serve and in testing over PostgreSQL; "new,old" to change it',
    [],
    { secret: true },
  ),
  strictClients: toggle('Accept registered clients only. Always so in serve', {
    dev: false,
    testing: false,
    serve: true,
  }),
  logLevel: text(
    z.enum(logLevels, { error: `must be one of ${logLevels.join(', ')}` }),
    `Least important kind of log line that is written: ${logLevels.slice(0, -1).join(', ')} or ${logLevels.at(-1)}`,
    'info' as const,
  ),
  brand: {
    name: text(formats.line(60), 'Name on every page', 'Postern'),
    accent: text<string | undefined>(formats.colour, 'Accent colour of the pages, for example "#0b6e4f"', undefined),
    helpUrl: text<string | undefined>(formats.helpUrl, 'Where people find help: https or mailto', undefined),
    privacyUrl: text<string | undefined>(formats.httpsUrl, 'Privacy notice', undefined),
  },
  http,
  outbound,
  passwords,
  throttle,
  lifetimes,
  admin,
  links,
  signOut,
  keys,
  audit,
  purge: {
    intervalSeconds: integer([1, day], 'How often expired records are deleted', 60),
    batch: integer([1, 100_000], 'Records deleted in one go', 500),
  },
  resources: entries(resourceEntry, 'APIs that tokens are issued for (RFC 8707)'),
  groups: managedEntries(groupEntry, 'Groups of accounts that the file owns; see postern plan'),
  attributes: managedEntries(attributeEntry, 'What is said about people besides the standard claims'),
  accounts: managedEntries(accountEntry, 'Accounts that the file owns; see postern plan'),
  clients: managedEntries(clientEntry, 'Clients that the file owns; see postern plan'),
};

export type Values = ValuesOf<typeof schema>;
