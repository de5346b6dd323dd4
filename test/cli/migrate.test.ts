import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { migrateToLatest, schemaStatus } from '../../src/db/migrate.ts';
import { openDatabase } from '../../src/db/open.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { goodSecret, serve, spawnPostern, temporaryFolder } from '../support/spawned.ts';

const env = { POSTERN_SECRET: goodSecret };
const flags = (folder: string) => ['--issuer', 'http://localhost:4999', '--data', folder];
const migrate = (folder: string, argv: string[] = [], more: Record<string, string> = {}) =>
  spawnPostern(['migrate', ...argv, ...flags(folder)], { env: { ...env, ...more } }).ended;

/** Takes the newest migration back. */
async function age(place: { kind: 'file'; path: string } | { kind: 'postgresql'; url: string }): Promise<void> {
  const db = await openDatabase(place);
  await migrateToLatest(db);
  await db.run('ALTER TABLE installation DROP COLUMN samples_at');
  await db.run(`DELETE FROM migrations WHERE name LIKE '0009%'`);
  await db.close();
}

it('R10 postern migrate is refused with 75 while a server runs', async () => {
  const server = await serve();
  expect(await migrate(server.folder)).toMatchObject({
    status: 75,
    out: '',
    err: expect.stringContaining(`process id ${server.pid}`),
  });
}, 60_000);

it('serve waits for postern migrate, which backs the file up first; then serve runs', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'postern.db');
  await age({ kind: 'file', path });
  expect(await spawnPostern(['serve', ...flags(folder)], { env }).ended).toMatchObject({
    status: 78,
    err: expect.stringContaining('postern migrate'),
  });
  const migrated = await migrate(folder);
  expect(migrated).toMatchObject({ status: 0, err: '' });
  expect(migrated.out).toContain('Migrated: 0009_samples.js');
  const backup = readdirSync(folder).find((name) => name.includes('before')) ?? '';
  expect(migrated.out).toContain(`Backup: ${join(folder, backup)}`);
  expect(statSync(join(folder, backup)).mode & 0o777).toBe(0o600);
  const db = await openDatabase({ kind: 'file', path: join(folder, backup) });
  expect((await schemaStatus(db)).pending).toEqual(['0009_samples.js']);
  await db.close();
  expect(await migrate(folder)).toMatchObject({ status: 0, out: 'The database is up to date.\n' });
  await serve({ folder });
}, 60_000);

it('PostgreSQL is migrated only when its backup was taken', async () => {
  const server = await createTestDatabase();
  onTestFinished(server.drop);
  await age({ kind: 'postgresql', url: server.url });
  const folder = temporaryFolder();
  const more = { POSTERN_DATABASE_URL: server.url };
  expect(await migrate(folder, [], more)).toMatchObject({ status: 64, err: expect.stringContaining('--backup-taken') });
  expect(await migrate(folder, ['--backup-taken'], more)).toMatchObject({
    status: 0,
    out: 'Migrated: 0009_samples.js\n',
  });
  const gone = new URL(server.url);
  gone.port = '1';
  const away = await migrate(folder, [], { POSTERN_DATABASE_URL: gone.href });
  expect(away).toMatchObject({ status: 75, out: '', err: expect.stringContaining('cannot be reached') });
}, 60_000);
