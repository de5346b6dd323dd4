import pg from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import { migrateToLatest } from '../../src/db/migrate.ts';
import { openDatabase } from '../../src/db/open.ts';
import { translatePostgresqlError } from '../../src/db/postgresql-errors.ts';
import { createTestDatabase } from '../support/postgres.ts';

async function database(change: (url: URL) => void = () => undefined): Promise<string> {
  const server = await createTestDatabase();
  onTestFinished(() => server.drop());
  const url = new URL(server.url);
  change(url);
  return url.href;
}

async function refusal(url: string) {
  const db = await openDatabase({ kind: 'postgresql', url });
  onTestFinished(() => db.close());
  return db;
}

describe('a PostgreSQL that lets nobody in: exit 78 and one sentence that says what to mend', () => {
  it.each<[string, RegExp, (url: URL) => void]>([
    ['a user that is not there', /user name or password/, (url) => Object.assign(url, { username: 'nobody' })],
    ['a database that is not there', /no database of this name/, (url) => Object.assign(url, { pathname: '/nowhere' })],
    ['TLS that it has not', /No TLS connection/, (url) => url.searchParams.set('sslmode', 'verify-full')],
  ])('%s', async (_what, sentence, change) => {
    const url = await database(change);
    await expect(refusal(url)).rejects.toMatchObject({ code: 'unavailable', exitStatus: 78, message: sentence });
  });

  it('a user that may not make tables', async () => {
    const owner = await database();
    const client = new pg.Client({ connectionString: owner });
    await client.connect();
    const role = `guest_${new URL(owner).pathname.slice(1)}`;
    await client.query(`CREATE ROLE ${role} LOGIN`);
    onTestFinished(async () => {
      await client.query(`DROP ROLE ${role}`);
      await client.end();
    });
    const db = await openDatabase({ kind: 'postgresql', url: Object.assign(new URL(owner), { username: role }).href });
    const refused = expect(migrateToLatest(db));
    await refused.rejects.toMatchObject({ code: 'unavailable', exitStatus: 78, message: /may not do this/ });
    await db.close();
  });

  it('a wrong password, as the driver tells it', () => {
    const wrong = Object.assign(new Error('password authentication failed for user "x"'), { code: '28P01' });
    const none = new Error('SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string');
    for (const error of [wrong, none]) {
      expect(translatePostgresqlError(error)).toMatchObject({ exitStatus: 78, message: /user name or password/ });
    }
  });
});

it('R25 what is acknowledged is on disk, whatever the server and the URL say otherwise', async () => {
  const url = await database((changed) =>
    changed.searchParams.set('options', '-c synchronous_commit=off -c work_mem=5MB'),
  );
  const db = await openDatabase({ kind: 'postgresql', url });
  onTestFinished(() => db.close());
  expect(await db.get('SHOW synchronous_commit')).toEqual({ synchronous_commit: 'on' });
  expect(await db.get('SHOW work_mem')).toEqual({ work_mem: '5MB' });
});
