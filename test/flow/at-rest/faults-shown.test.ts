import { afterEach, expect, it } from 'vitest';
import { createLogLines } from '../../support/log-lines.ts';
import { createWorld, type World } from '../../support/world.ts';

let world: World;
afterEach(() => world.stop());

async function startWorld() {
  const log = createLogLines();
  world = await createWorld({ logStream: log.stream });
  return log;
}

it('N08 a fault: the person gets a reference, the log gets the stack under it, and neither shows the other', async () => {
  const log = await startWorld();
  const visitor = world.visitor();
  const page = await visitor.open(world.authorizeUrl('app'));
  await world.postern.db.run('ALTER TABLE account_names RENAME TO elsewhere');
  try {
    const answer = await visitor.submit(page, { username: 'alice', password: world.people.alice.password });
    expect(answer.status).toBe(500);
    const reference = /E-[2-9A-Z]{4}-[2-9A-Z]{4}/.exec(answer.text)?.[0];
    expect(reference).toBeDefined();
    expect(answer.text).not.toMatch(/account_names|SqliteError|\.ts:\d+|node_modules|at async/);
    const line = log.lines.find((candidate) => candidate.reference === reference);
    expect(line).toMatchObject({ level: 'error', status: 500, error: { stack: expect.stringContaining('.ts:') } });
    expect(log.text()).not.toContain(world.people.alice.password);
  } finally {
    await world.postern.db.run('ALTER TABLE elsewhere RENAME TO account_names');
  }
});

it('N08 a fault in the engine: an OAuth error without a trace of it, the stack in the log', async () => {
  const log = await startWorld();
  await world.postern.db.run('ALTER TABLE records RENAME TO elsewhere');
  try {
    const { status, body } = await world.token('app', { grant_type: 'client_credentials' });
    expect(status).toBe(500);
    expect(body).toMatchObject({ error: 'server_error' });
    expect(JSON.stringify(body)).not.toMatch(/records|Sqlite|\.ts|at /);
    expect(log.lines.some((line) => JSON.stringify(line).includes('no such table'))).toBe(true);
  } finally {
    await world.postern.db.run('ALTER TABLE elsewhere RENAME TO records');
  }
});

it('N02 a token row that was copied over another one: refused at userinfo, and audited', async () => {
  await startWorld();
  const { db, audit } = world.postern;
  const tokenOf = async (person: 'alice' | 'bob') => {
    const callback = await world.signIn(world.visitor(), world.authorizeUrl('app'), person);
    const { body } = await world.token('app', world.codeForm('app', callback.searchParams.get('code')));
    return String(body.access_token);
  };
  const userinfo = async (token: string) =>
    (await fetch(`${world.issuer}/userinfo`, { headers: { authorization: `Bearer ${token}` } })).status;
  const tokens = { alice: await tokenOf('alice'), bob: await tokenOf('bob') };
  expect([await userinfo(tokens.alice), await userinfo(tokens.bob)]).toEqual([200, 200]);
  // Number 3 stands for access tokens; a transaction tells the cache that somebody else may have written.
  await db.transaction((tx) =>
    tx.run(
      `UPDATE records SET payload = (SELECT payload FROM records WHERE model = 3 AND account_id = ?)
        WHERE model = 3 AND account_id = ?`,
      [world.people.alice.id, world.people.bob.id],
    ),
  );
  expect([await userinfo(tokens.alice), await userinfo(tokens.bob)]).toEqual([200, 401]);
  const events = (await audit.list(db, { limit: 5, event: 'record.unreadable' })).items;
  expect(events.map((event) => event.detail)).toEqual([{ table: 'records', reason: 'AccessToken' }]);
});
