import { expect, it, onTestFinished } from 'vitest';
import { openDatabase } from '../../src/db/open.ts';
import { startPostern } from '../../src/testing/testing.ts';
import { createTestDatabase } from '../support/postgres.ts';

it.each(['dev', 'testing'] as const)(
  '%s refuses a PostgreSQL that serve has used, before it migrates',
  async (mode) => {
    const server = await createTestDatabase();
    onTestFinished(() => server.drop());
    const options = { database: { url: server.url } };
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
