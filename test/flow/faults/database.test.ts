import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import BetterSqlite3 from 'better-sqlite3';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { Database } from '../../../src/db/db.ts';
import { migrateToLatest } from '../../../src/db/migrate.ts';
import { openDatabase } from '../../../src/db/open.ts';
import { spawnNode, until } from '../../support/spawned.ts';
import { createWorld, type World } from '../../support/world.ts';

const holder = fileURLToPath(new URL('../../support/lock-holder.ts', import.meta.url));
let path: string;
let db: Database;
let world: World;

/** A world over a file of our own, in which nobody waits longer than 300 ms for a lock. */
beforeEach(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'postern-faults-'));
  path = join(folder, 'postern.db');
  db = await openDatabase({ kind: 'file', path, patienceMilliseconds: 300 });
  await migrateToLatest(db);
  world = await createWorld({ store: { db, secrets: ['a-secret'], release: () => undefined } });
  onTestFinished(async () => {
    await world.stop();
    rmSync(folder, { recursive: true });
  });
});

const clientCredentials = () => world.token('app', { grant_type: 'client_credentials' });
const statusOf = async (address: string, init: RequestInit = {}) =>
  (await fetch(`${world.issuer}${address}`, init)).status;

/** What every client and probe can rely on when the database takes no writes. */
async function expectUnavailable(accessToken: string): Promise<void> {
  const refused = await clientCredentials();
  expect(refused.status).toBe(503);
  expect(refused.body).toMatchObject({ error: 'temporarily_unavailable' });
  expect(refused.body.access_token).toBeUndefined();
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(JSON.stringify(refused.body)).not.toMatch(/SQLITE|at .*\.ts/);

  const started = await fetch(world.authorizeUrl('app'), { redirect: 'manual' });
  // Where the engine itself noticed, the app is told in OAuth's own way, by a redirect (RFC 6749 §4.1.2.1).
  const told = new URL(started.headers.get('location') ?? 'about:blank').searchParams.get('error');
  if (started.status === 303) expect(told).toBe('temporarily_unavailable');
  else expect([started.status, started.headers.get('location')]).toEqual([503, null]);

  expect(await statusOf('/.well-known/openid-configuration')).toBe(200);
  expect(await statusOf('/jwks')).toBe(200);
  expect(await statusOf('/userinfo', { headers: { authorization: `Bearer ${accessToken}` } })).toBe(200);
  expect(await statusOf('/healthz')).toBe(200);
  await until(async () => (await clientCredentials()).status === 503 && (await statusOf('/readyz')) === 503);
}

async function expectRecovered(): Promise<void> {
  expect((await clientCredentials()).status).toBe(200);
  await until(async () => (await statusOf('/readyz')) === 200);
}

/** A person's token; and enough of everybody's that the pages in question are in use. */
async function signedIn(): Promise<string> {
  const callback = await world.signIn(world.visitor(), world.authorizeUrl('app'));
  const { status, body } = await world.token('app', world.codeForm('app', callback.searchParams.get('code')));
  expect(status).toBe(200);
  return body.access_token;
}

describe('a database that takes no writes', () => {
  it('R04 disk full: what changes something is 503 with Retry-After, reads are answered, and it recovers by itself', async () => {
    const token = await signedIn();
    const { page_count: pages } = (await db.get<{ page_count: number }>('PRAGMA page_count')) ?? { page_count: 0 };
    await db.get(`PRAGMA max_page_count = ${pages}`);
    // The free room in the pages that are there goes first.
    await until(async () => (await clientCredentials()).status !== 200);
    await expectUnavailable(token);
    await db.get('PRAGMA max_page_count = 1000000');
    await expectRecovered();
  });

  it('R07 another process holds the lock: half a patience long everybody waits, longer it is 503, never 500', async () => {
    const token = await signedIn();
    const short = spawnNode([holder, path, '150']);
    await short.saying('holding');
    const waited = await Promise.all([clientCredentials(), clientCredentials()]);
    expect(waited.map((answer) => answer.status)).toEqual([200, 200]);
    await short.ended;

    const long = spawnNode([holder, path, '6000']);
    await long.saying('holding');
    await expectUnavailable(token);
    const crowd = await Promise.all(Array.from({ length: 20 }, clientCredentials));
    expect(new Set(crowd.map((answer) => answer.status))).toEqual(new Set([503]));
    long.kill('SIGKILL');
    await long.ended;
    await expectRecovered();
  });

  it('R11 damage at run time: 503, no crash, no stack; the process still answers', async () => {
    await signedIn();
    const other = new BetterSqlite3(path);
    other.pragma('wal_checkpoint(TRUNCATE)');
    other.close();
    const file = openSync(path, 'r+');
    const bytes = Buffer.alloc(statSync(path).size - 4096, 0xa5);
    writeSync(file, bytes, 0, bytes.length, 4096);
    closeSync(file);
    await db.run('PRAGMA cache_size = 0');
    await db.run('PRAGMA shrink_memory');
    const refused = await clientCredentials();
    expect(refused.status).toBe(503);
    expect(JSON.stringify(refused.body)).not.toMatch(/SQLITE|malformed|at .*\.ts/);
    expect(await statusOf('/start')).not.toBe(500);
    expect(await statusOf('/healthz')).toBe(200);
    expect(await statusOf('/jwks')).toBe(200);
    await until(async () => (await statusOf('/readyz')) === 503);
  });
});
