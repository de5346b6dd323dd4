/**
 * A process of its own: writes rows to a SQLite file (argument 1), from the number in argument 2 on, eight at a time as
 * eight requests would, each row in a statement or a transaction; prints each number once it is acknowledged.
 */
import { writeSync } from 'node:fs';
import { openDatabase } from '../../src/db/open.ts';

const [path = '', first = '0'] = process.argv.slice(2);
const db = await openDatabase({ kind: 'file', path });
let next = Number(first);
const insert = 'INSERT INTO acknowledged (id, body) VALUES (?, ?)';

async function request(): Promise<void> {
  for (;;) {
    const id = next++;
    const since = db.failures();
    const values = [id, 'x'.repeat((id * 37) % 900)];
    if (id % 40 === 0) await db.transaction((tx) => tx.run(insert, values));
    else await db.run(insert, values);
    await db.flush(since);
    // Straight into the pipe: what the process is killed with must not have been said.
    writeSync(1, `${id}\n`);
  }
}

await Promise.all(Array.from({ length: 8 }, request));
