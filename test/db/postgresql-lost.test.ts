import { afterAll, beforeAll, expect, it } from 'vitest';
import { databases, type OpenedDatabase } from '../support/databases.ts';

let opened: OpenedDatabase;
beforeAll(async () => {
  const postgresql = databases.find(({ name }) => name === 'PostgreSQL');
  opened = await (postgresql as NonNullable<typeof postgresql>).open();
});
afterAll(() => opened.close());

const ownPid = 'SELECT pg_backend_pid() AS pid';

it('R24 a connection that is cut inside a transaction fails that transaction alone, and the pool heals', async () => {
  const { db } = opened;
  const cut = db.transaction(async (tx) => {
    const { pid } = (await tx.get<{ pid: number }>(ownPid)) ?? { pid: 0 };
    await db.run('SELECT pg_terminate_backend(?)', [pid]);
    await tx.get('SELECT 1');
  });
  await expect(cut).rejects.toMatchObject({ code: 'unavailable' });
  expect(await db.transaction((tx) => tx.get<{ one: number }>('SELECT 1 AS one'))).toEqual({ one: 1 });
});

it('R24 a connection that is cut while a transaction waits between two statements does not end the process', async () => {
  const { db } = opened;
  const cut = db.transaction(async (tx) => {
    const { pid } = (await tx.get<{ pid: number }>(ownPid)) ?? { pid: 0 };
    await db.run('SELECT pg_terminate_backend(?)', [pid]);
    const gone = 'SELECT count(*)::int AS count FROM pg_stat_activity WHERE pid = ?';
    while ((await db.get<{ count: number }>(gone, [pid]))?.count !== 0);
    await new Promise((resolve) => setImmediate(resolve));
    await tx.get('SELECT 1');
  });
  await expect(cut).rejects.toMatchObject({ code: 'unavailable' });
});
