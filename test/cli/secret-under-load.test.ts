/** Another secret, as operators change it: processes that restart one after the other while requests run, and a command beside a server. */
import { randomBytes } from 'node:crypto';
import { expect, it, onTestFinished } from 'vitest';
import { openDatabase } from '../../src/db/open.ts';
import { findFreePort } from '../../src/testing/free-port.ts';
import { createVisitor, signIn } from '../../src/testing/sign-in.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { type Spawned, serve, spawnPostern, temporaryFolder, until } from '../support/spawned.ts';
import { ask } from '../support/two-servers.ts';

const [first, second] = [randomBytes(32).toString('base64url'), randomBytes(32).toString('base64url')] as const;
const query = {
  ...{ client_id: 'demo', redirect_uri: 'http://localhost:3000/callback', response_type: 'code' },
  ...{ scope: 'openid offline_access', prompt: 'consent', state: 's' },
  ...{ code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256' },
};
const code_verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
const authorization = `Basic ${btoa('demo:demo-secret')}`;

type Node = { port: number; host: string };

/** Signed in at the node that the issuer names: a session and tokens that have to live through everything. */
async function live(issuer: string, to: Node) {
  const visitor = createVisitor(issuer);
  const person = { username: 'alice', password: 'alice' };
  const answer = await signIn(visitor, `/authorize?${new URLSearchParams(query)}`, person);
  const code = answer.searchParams.get('code') ?? '';
  const form = { grant_type: 'authorization_code', code, redirect_uri: query.redirect_uri, code_verifier };
  const { text } = await ask(to, '/token', { headers: { authorization }, form });
  const tokens = JSON.parse(text) as { access_token: string; refresh_token: string };
  const cookie = [...visitor.jar.values()]
    .filter(({ path }) => path === '/')
    .map(({ name, value }) => `${name}=${value}`);
  return { ...tokens, cookie: cookie.join('; ') };
}
type Live = Awaited<ReturnType<typeof live>>;

/** One of each kind of request; what was not as it has to be. */
async function problemsAt(to: Node, { access_token, refresh_token, cookie }: Live): Promise<string[]> {
  const refresh = { grant_type: 'refresh_token', refresh_token };
  const silent = `/authorize?${new URLSearchParams({ ...query, scope: 'openid', prompt: 'none' })}`;
  const answers = {
    userinfo: await ask(to, '/userinfo', { headers: { authorization: `Bearer ${access_token}` } }),
    refresh: await ask(to, '/token', { headers: { authorization }, form: refresh }),
    'client credentials': await ask(to, '/token', {
      headers: { authorization },
      form: { grant_type: 'client_credentials' },
    }),
    'the key set': await ask(to, '/jwks'),
    session: await ask(to, silent, { headers: { cookie } }),
  };
  return Object.entries(answers).flatMap(([what, { status, headers }]) => {
    const isFine = what === 'session' ? String(headers.location).includes('code=') : status === 200;
    return isFine ? [] : [`${what}: ${status} ${headers.location ?? ''}`];
  });
}

/** Asks again and again while `work` is done. */
async function whileAsking(to: Node, held: Live, work: () => Promise<void>): Promise<number> {
  let isDone = false;
  const working = work().finally(() => {
    isDone = true;
  });
  let rounds = 0;
  do {
    expect(await problemsAt(to, held)).toEqual([]);
    rounds++;
  } while (!isDone);
  await working;
  return rounds;
}

it('N04 N03 over PostgreSQL two servers restart one after the other with new,old and then new: no request fails, nobody signs in again', async () => {
  const database = await createTestDatabase();
  onTestFinished(database.drop);
  const folder = temporaryFolder();
  const ports = [await findFreePort(), await findFreePort()] as const;
  const issuer = `http://localhost:${ports[0]}`;
  const nodes = ports.map((port): Node => ({ port, host: new URL(issuer).host }));
  const [one, two] = nodes as [Node, Node];

  const argvOf = (port: number) => [
    'dev',
    '--issuer',
    issuer,
    '--host',
    '127.0.0.1',
    '--port',
    `${port}`,
    '--data',
    folder,
  ];
  const start = async ({ port, host }: Node, secret: string): Promise<Spawned> => {
    const env = { POSTERN_SECRET: secret, POSTERN_DATABASE_URL: database.url };
    const spawned = spawnPostern(argvOf(port), { env });
    await Promise.race([
      until(async () => (await ask({ port, host }, '/readyz').catch(() => undefined))?.status === 200),
      spawned.saying('never said').catch(() => undefined),
    ]);
    return spawned;
  };
  const stop = async (spawned: Spawned) => {
    spawned.kill('SIGTERM');
    expect(await spawned.ended).toMatchObject({ status: 0 });
  };

  let [a, b] = [await start(one, first), await start(two, first)];
  const held = await live(issuer, one);
  const both = `${second},${first}`;
  const restartA = (secret: string) => async () => {
    await stop(a);
    a = await start(one, secret);
  };
  const restartB = (secret: string) => async () => {
    await stop(b);
    b = await start(two, secret);
  };
  // The one that goes on has the first secret alone while the other one seals everything anew.
  expect(await whileAsking(two, held, restartA(both))).toBeGreaterThan(3);
  expect(await problemsAt(one, held)).toEqual([]);
  expect(await whileAsking(one, held, restartB(second))).toBeGreaterThan(3);
  expect(await whileAsking(two, held, restartA(second))).toBeGreaterThan(3);
  for (const node of nodes) expect(await problemsAt(node, held)).toEqual([]);

  // The one before opens nothing any more, and a start with it changes nothing, row for row.
  const db = await openDatabase({ kind: 'postgresql', url: database.url });
  onTestFinished(db.close);
  const rows = async () => {
    const tables = ['data_keys', 'keys', 'accounts', 'clients'];
    return JSON.stringify(await Promise.all(tables.map((table) => db.all(`SELECT * FROM ${table} ORDER BY 1`))));
  };
  const before = await rows();
  await stop(a);
  const wrong = await start(one, first);
  expect(await wrong.ended).toMatchObject({
    status: 78,
    err: expect.stringMatching(/secret does not open this database/),
  });
  expect(await rows()).toBe(before);
}, 180_000);

it('N04 beside a server over SQLite a command with new,old changes the secret; the server goes on, and starts with the new one', async () => {
  const folder = temporaryFolder();
  const port = await findFreePort();
  const settings = { mode: 'dev', folder, port } as const;
  const server = await serve({ ...settings, env: { POSTERN_SECRET: first } });
  const node: Node = { port, host: `localhost:${port}` };
  const held = await live(server.issuer, node);
  const command = (secret: string) =>
    spawnPostern(['key', 'list', '--mode', 'dev', '--data', folder, '--issuer', server.issuer], {
      env: { POSTERN_SECRET: secret },
    }).ended;
  await whileAsking(node, held, async () => {
    expect(await command(`${second},${first}`)).toMatchObject({ status: 0, err: '' });
    expect(await command(second)).toMatchObject({ status: 0, err: '' });
    expect(await command(first)).toMatchObject({ status: 78 });
  });
  server.kill('SIGKILL');
  await server.ended;
  await expect(serve({ ...settings, env: { POSTERN_SECRET: first } })).rejects.toThrow(/secret does not open/);
  await serve({ ...settings, env: { POSTERN_SECRET: second } });
  expect(await problemsAt(node, held)).toEqual([]);
}, 120_000);
