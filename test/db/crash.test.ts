import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { openDatabase } from '../../src/db/open.ts';
import { spawnNode, temporaryFolder, until } from '../support/spawned.ts';

const writer = fileURLToPath(new URL('../support/writer.ts', import.meta.url));
const rounds = 15;

it(`R01 kill -9 in ${rounds} rounds: nothing that was acknowledged is lost, the file is whole, the next start is quick`, async () => {
  const path = join(temporaryFolder(), 'postern.db');
  const first = await openDatabase({ kind: 'file', path });
  await first.run('CREATE TABLE acknowledged (id INTEGER PRIMARY KEY, body TEXT NOT NULL)');
  await first.close();
  const acknowledged = new Set<number>();
  for (let round = 0; round < rounds; round++) {
    const from = Math.max(0, ...acknowledged) + 100;
    const spawned = spawnNode([writer, path, String(from)]);
    // Somewhere in the stream of answers, at a random moment of a random batch.
    const atLeast = 1 + Math.floor(Math.random() * 300);
    await until(() => spawned.written.out.split('\n').length > atLeast);
    spawned.kill('SIGKILL');
    const { out, err } = await spawned.ended;
    expect(err).toBe('');
    // The last line may have been cut.
    for (const line of out.split('\n').slice(0, -1)) acknowledged.add(Number(line));

    const restarted = performance.now();
    const db = await openDatabase({ kind: 'file', path });
    const rows = new Set((await db.all<{ id: number }>('SELECT id FROM acknowledged')).map((row) => row.id));
    expect(performance.now() - restarted).toBeLessThan(2000);
    expect([...acknowledged].filter((id) => !rows.has(id))).toEqual([]);
    expect(await db.get('PRAGMA integrity_check')).toEqual({ integrity_check: 'ok' });
    await db.close();
  }
  expect(acknowledged.size).toBeGreaterThan(rounds);
}, 60_000);
