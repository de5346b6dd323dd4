/**
 * db: one way to ask either database. Rooms hand their SQL (portable subset, `?` for values) to `get`, `all` and `run`;
 * each text is prepared once per connection. It does not know any table.
 *
 * SQLite has one writing handle with one owner at a time: statements outside a transaction share one short batch that is
 * committed before any reply that depends on it (`flush`); a transaction has the handle for itself.
 */
export type Value = string | number | Buffer | null;

/** A connection or a transaction: what a store function takes as its first argument. */
export type Db = {
  readonly dialect: 'sqlite' | 'postgresql';
  /** The first row, or undefined. */
  get<Row>(sql: string, values?: readonly Value[]): Promise<Row | undefined>;
  all<Row>(sql: string, values?: readonly Value[]): Promise<Row[]>;
  /** The number of rows changed. */
  run(sql: string, values?: readonly Value[]): Promise<number>;
};

/** The open database: statements on their own, transactions, and its end. */
export type Database = Db & {
  /**
   * Runs `work` in one transaction and commits it; anything thrown rolls back. Nothing else runs inside it. Never await
   * the network, a timer or a password hash in there. Throws `unavailable` when the database stays locked or is full.
   */
  transaction<Result>(work: (tx: Db) => Promise<Result>): Promise<Result>;
  /** How many batches could not be committed so far: taken when a request begins, handed to `flush` when it ends. */
  failures(): number;
  /**
   * Resolves when all that this process has written is on disk: awaited before every reply. Throws `unavailable` when a
   * batch has failed since `failures()` answered `since`.
   */
  flush(since?: number): Promise<void>;
  /**
   * A number that changes when rows may have changed behind a cache's back: by a transaction, a failed batch or another
   * process. Undefined where nothing may be cached (PostgreSQL: other nodes write without notice).
   */
  version(): number | undefined;
  /** Gives back to the disk what deleted rows left, in steps between which others get their turn; PostgreSQL does so itself. */
  reclaim(signal?: AbortSignal): Promise<void>;
  /** Refreshes what the query planner knows, where it needs to; PostgreSQL does so itself. */
  optimize(): Promise<void>;
  close(): Promise<void>;
};
