import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { migrateToLatest } from '../../src/db/migrate.ts';
import { openDatabase } from '../../src/db/open.ts';
import { startPostern } from '../../src/testing/testing.ts';
import { createTestDatabase } from '../support/postgres.ts';

const secret = ['seal-secret-that-seals-nothing-of-anybody-0123456789'];

it.each(['dev', 'testing'] as const)(
  '%s refuses a PostgreSQL that serve has used, before it migrates',
  async (mode) => {
    const server = await createTestDatabase();
    onTestFinished(() => server.drop());
    const options = { database: { url: server.url }, secret };
    await (await startPostern({ mode: 'serve', ...options })).stop();
    const db = await openDatabase({ kind: 'postgresql', url: server.url });
    onTestFinished(() => db.close());
    await db.run(`DELETE FROM migrations WHERE name LIKE '0007%'`);
    const state = () => db.all('SELECT name FROM migrations ORDER BY name');
    const before = await state();
    await expect(startPostern({ mode, ...options })).rejects.toMatchObject({ code: 'forbidden', exitStatus: 78 });
    expect(await state()).toEqual(before);
  },
);

it.each(['sqlite', 'postgresql'] as const)(
  'serve over %s refuses the sample people of dev, also of a dev before they were noted, and does not seal',
  async (kind) => {
    const data = mkdtempSync(join(tmpdir(), 'postern-seal-'));
    onTestFinished(() => rmSync(data, { recursive: true }));
    const server = kind === 'postgresql' ? await createTestDatabase() : undefined;
    onTestFinished(async () => server?.drop());
    const file = join(data, 'dev.db');
    const options = { data, secret, database: server ? { url: server.url } : { file } };
    const refused = { code: 'forbidden', exitStatus: 78, message: expect.stringContaining('sample people') };
    await (await startPostern({ mode: 'dev', ...options })).stop();
    await expect(startPostern({ mode: 'serve', ...options })).rejects.toMatchObject(refused);

    const db = await openDatabase(server ? { kind: 'postgresql', url: server.url } : { kind: 'file', path: file });
    await db.run('ALTER TABLE installation DROP COLUMN samples_at');
    await db.run(`DELETE FROM migrations WHERE name LIKE '0009%'`);
    await migrateToLatest(db);
    await db.close();
    await expect(startPostern({ mode: 'serve', ...options })).rejects.toMatchObject(refused);
    expect(existsSync(join(data, 'sealed'))).toBe(false);
    await (await startPostern({ mode: 'dev', ...options })).stop();
  },
);
