import { chmodSync, closeSync, existsSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { PosternError } from '../base/errors.ts';
import type { Database } from './db.ts';
import { refuseNetworkFile } from './file-system.ts';
import { createPostgresqlDatabase } from './postgresql.ts';
import { createSqliteDatabase } from './sqlite.ts';
import { translateSqliteError } from './sqlite-errors.ts';

export type DatabaseOptions =
  | { kind: 'memory' }
  | { kind: 'file'; path: string; patienceMilliseconds?: number }
  | { kind: 'postgresql'; url: string; isMigrating?: boolean };

/** The server's own limit does not help when the server can't be heard any more. */
const answerMilliseconds = 8000;

/** 'PSTN': marks the file as Postern's (PRAGMA application_id). */
const applicationId = 0x5053544e;
/** How long SQLite itself waits for a lock, and with it the event loop: while opening, and in use (see turnstile.ts). */
const openingMilliseconds = 1000;
const busyMilliseconds = 5;
/** Larger files are not checked before the first request: the check would take seconds. */
const quickCheckBytes = 200 * 1024 * 1024;

/**
 * Opens the database; nothing is created in it but the file itself (mode 0600, its folder 0700). Throws `unavailable`
 * with an exit status when it is damaged (65), unreachable (75) or not writable (78).
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  if (options.kind === 'postgresql') return openPostgresql(options);
  const { default: BetterSqlite3 } = await import('better-sqlite3');
  if (options.kind === 'memory') {
    const writer = new BetterSqlite3(':memory:');
    settings(writer);
    return createSqliteDatabase({ writer, reader: undefined, patienceMilliseconds: 5000 });
  }
  const path = resolve(options.path);
  refuseNetworkFile(path);
  const created = createFile(path);
  try {
    const writer = new BetterSqlite3(path);
    if (created) writer.pragma('auto_vacuum = INCREMENTAL');
    settings(writer);
    if (!created) check(writer, path);
    const reader = new BetterSqlite3(path, { readonly: true });
    settings(reader);
    for (const handle of [writer, reader]) handle.pragma(`busy_timeout = ${busyMilliseconds}`);
    return createSqliteDatabase({ writer, reader, patienceMilliseconds: options.patienceMilliseconds ?? 5000 });
  } catch (error) {
    throw translateSqliteError(error);
  }
}

function createFile(path: string): boolean {
  try {
    const folder = dirname(path);
    if (!existsSync(folder)) mkdirSync(folder, { recursive: true, mode: 0o700 });
    const created = !existsSync(path) || statSync(path).size === 0;
    closeSync(openSync(path, 'a', 0o600));
    if (created) chmodSync(path, 0o600);
    return created;
  } catch (error) {
    throw new PosternError(
      'unavailable',
      'The data directory cannot be written. Make it writable, or choose another with --data.',
      {
        cause: error,
        exitStatus: 78,
      },
    );
  }
}

type Handle = import('better-sqlite3').Database;

function settings(handle: Handle): void {
  handle.pragma(`busy_timeout = ${openingMilliseconds}`);
  if (!handle.readonly) {
    handle.pragma('journal_mode = WAL');
    // Acknowledged means on disk, also after a power cut (the package's default for WAL is NORMAL).
    handle.pragma('synchronous = FULL');
    handle.pragma('secure_delete = FAST');
    handle.pragma('wal_autocheckpoint = 1000');
    handle.pragma('journal_size_limit = 67108864');
    if (handle.pragma('application_id', { simple: true }) !== applicationId) {
      handle.pragma(`application_id = ${applicationId}`);
    }
  }
  handle.pragma('foreign_keys = ON');
  handle.pragma('trusted_schema = OFF');
  handle.pragma('cell_size_check = ON');
  handle.pragma('temp_store = MEMORY');
  handle.pragma('mmap_size = 0');
  handle.pragma('cache_size = -16000');
}

function check(handle: Handle, path: string): void {
  if (statSync(path).size > quickCheckBytes) return;
  const verdict = handle.pragma('quick_check(1)', { simple: true });
  if (verdict !== 'ok') throw Object.assign(new Error(String(verdict)), { code: 'SQLITE_CORRUPT' });
}

async function openPostgresql({ url, isMigrating = false }: { url: string; isMigrating?: boolean }): Promise<Database> {
  const { default: pg } = await import('pg');
  const types = {
    // BIGINT holds epoch milliseconds and counters, which fit a number.
    getTypeParser: (oid: number, format?: 'text' | 'binary') =>
      oid === 20 ? Number : pg.types.getTypeParser(oid, format as 'text'),
  };
  const pool = new pg.Pool({
    connectionString: withSynchronousCommit(url),
    max: 10,
    connectionTimeoutMillis: 5000,
    // An index over a large table takes as long as it takes.
    ...(!isMigrating && { query_timeout: answerMilliseconds }),
    keepAlive: true,
    statement_timeout: 5000,
    lock_timeout: 3000,
    idle_in_transaction_session_timeout: 10_000,
    application_name: 'postern',
    types,
  });
  // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
  pool.on('error', () => undefined);
  const database = createPostgresqlDatabase(pool);
  await database.get('SELECT 1');
  return database;
}

/** Acknowledged means on disk here too, whatever the server's default is (security.md R25); other options of the URL stay. */
function withSynchronousCommit(url: string): string {
  const changed = new URL(url);
  const given = changed.searchParams.get('options');
  changed.searchParams.set('options', [given, '-c synchronous_commit=on'].filter(Boolean).join(' '));
  return changed.href;
}
