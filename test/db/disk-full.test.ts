import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { Database } from '../../src/db/db.ts';
import { openDatabase } from '../../src/db/open.ts';
import { temporaryFolder } from '../support/spawned.ts';

const full = { code: 'unavailable', message: expect.stringContaining('disk is full') };
const lost = { code: 'unavailable', message: expect.stringMatching(/cannot be read or written|disk is full/) };
const body = 'x'.repeat(3000);

async function room() {
  const db = await openDatabase({ kind: 'file', path: join(temporaryFolder(), 'postern.db') });
  onTestFinished(() => db.close());
  await db.run('CREATE TABLE things (id INTEGER PRIMARY KEY, body TEXT)');
  await db.run('INSERT INTO things (body) VALUES (?)', ['first']);
  await db.flush();
  /** As a file system does that has no room left: no page can be added. */
  const fill = () => db.get('PRAGMA max_page_count = 12');
  const free = () => db.get('PRAGMA max_page_count = 1000000');
  const add = (target: Pick<Database, 'run'> = db) => target.run('INSERT INTO things (body) VALUES (?)', [body]);
  const count = async () => (await db.get<{ count: number }>('SELECT count(*) AS count FROM things'))?.count;
  return { db, fill, free, add, count };
}

it('R04 a full disk ends the whole batch: nobody in it is told that all is well, and nothing of it is kept', async () => {
  const { db, fill, free, add, count } = await room();
  await fill();
  const since = db.failures();
  const writing = await Promise.allSettled(Array.from({ length: 20 }, () => add()));
  const refused = writing.filter((settled) => settled.status === 'rejected');
  expect(refused.length).toBeGreaterThan(0);
  for (const { reason } of refused) expect(reason).toMatchObject(full);
  await expect(db.flush(since)).rejects.toMatchObject(lost);
  expect(db.failures()).toBeGreaterThan(since);
  await free();
  const now = db.failures();
  const kept = await count();
  await add();
  await db.flush(now);
  expect(await count()).toBe((kept ?? 0) + 1);
});

it('R04 who was waiting for the commit of that batch is told so', async () => {
  const { db, fill, add, count } = await room();
  await fill();
  const since = db.failures();
  await add();
  const waiting = expect(db.flush(since)).rejects.toMatchObject(lost);
  await expect(
    (async () => {
      for (let step = 0; step < 20; step++) await add();
    })(),
  ).rejects.toMatchObject(full);
  await waiting;
  expect(await count()).toBe(1);
});

it('R04 inside a transaction nothing goes on after the disk was full, even when the error is swallowed', async () => {
  const { db, fill, free, add, count } = await room();
  await fill();
  const stubborn = db.transaction(async (tx) => {
    for (let step = 0; step < 20; step++) await add(tx).catch(() => undefined);
  });
  await expect(stubborn).rejects.toMatchObject(lost);
  expect(await count()).toBe(1);
  await free();
  await db.transaction((tx) => add(tx));
  expect(await count()).toBe(2);
});
