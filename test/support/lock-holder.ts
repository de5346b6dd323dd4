/** A process of its own: holds the write lock of a SQLite file (argument 1) for so many milliseconds (argument 2). */
import BetterSqlite3 from 'better-sqlite3';

const [path = '', milliseconds = '0'] = process.argv.slice(2);
const handle = new BetterSqlite3(path);
handle.exec('BEGIN IMMEDIATE');
process.stdout.write('holding');
setTimeout(() => {
  handle.exec('ROLLBACK');
  handle.close();
}, Number(milliseconds));
