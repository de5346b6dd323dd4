/** Counts in a table `counter`, each step a transaction that reads before it writes; as a program, in a process of its own. */
import type { Database } from '../../src/db/db.ts';
import { openDatabase } from '../../src/db/open.ts';

export async function count(db: Database, times: number): Promise<void> {
  for (let step = 0; step < times; step++) {
    await db.transaction(async (tx) => {
      const row = await tx.get<{ value: number }>('SELECT value FROM counter');
      await tx.run('UPDATE counter SET value = ?', [(row?.value ?? 0) + 1]);
    });
  }
}

if (import.meta.main) {
  const [path = '', times = '0'] = process.argv.slice(2);
  const db = await openDatabase({ kind: 'file', path });
  process.stdout.write('counting');
  await count(db, Number(times));
  await db.close();
}
