/**
 * A process of its own: opens a SQLite file (argument 1) or a PostgreSQL (an URL), migrates it, and is killed as if by
 * `kill -9` right before its n-th writing statement (argument 2). Prints the number of statements when it got to the end.
 */
import type { Database, Db } from '../../src/db/db.ts';
import { migrateToLatest } from '../../src/db/migrate.ts';
import { openDatabase } from '../../src/db/open.ts';

const [place = '', fatal = '0'] = process.argv.slice(2);
const isUrl = place.startsWith('postgres');
const db = await openDatabase(isUrl ? { kind: 'postgresql', url: place } : { kind: 'file', path: place });
let statements = 0;

function mortal(tx: Db): Db {
  const run: Db['run'] = (sql, values) => {
    statements++;
    if (statements === Number(fatal)) process.kill(process.pid, 'SIGKILL');
    return tx.run(sql, values);
  };
  return { ...tx, run };
}

const dying: Database = { ...db, transaction: (work) => db.transaction((tx) => work(mortal(tx))) };
await migrateToLatest(dying);
await db.close();
process.stdout.write(String(statements));
