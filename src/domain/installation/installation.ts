/**
 * installation: what is true of the whole database. What it is for: the first `serve` seals it; from then on `dev` and
 * `testing`, whose sample people anyone can be, refuse it, and `serve` refuses one that holds those people. Since when what
 * was issued counts. The brand of the file that was applied last. Owns the table `installation`; knows no other room.
 */
import type { Clock } from '../../base/clock.ts';
import { PosternError } from '../../base/errors.ts';
import { createFreshCache } from '../../base/fresh-cache.ts';
import type { Mode } from '../../base/mode.ts';
import { fromJson, toJson } from '../../db/columns.ts';
import type { Database, Db } from '../../db/db.ts';
import { hasTable } from '../../db/migrate.ts';

export type Installation = ReturnType<typeof createInstallation>;
/** The name, colour and addresses on the pages. */
export type BrandValues = {
  name: string;
  accent?: string | undefined;
  helpUrl?: string | undefined;
  privacyUrl?: string | undefined;
};
/** `notBefore`: epoch ms. */
type State = { notBefore: number | undefined; brand: BrandValues | undefined };

/** `issuer` is noted where something is known of the installation before a server has opened it. */
export function createInstallation({ db, clock, issuer = '' }: { db: Database; clock: Clock; issuer?: string }) {
  const state = createState(db);

  return {
    /** What was issued before that time (epoch ms) is worth nothing; undefined when nothing was ever restored. */
    notBefore: async (): Promise<number | undefined> => (await state()).notBefore,

    /** The brand that the file declared when it was applied last; undefined when it declared none. */
    brand: async (): Promise<BrandValues | undefined> => (await state()).brand,

    /** Ends all that was issued before `at` (epoch ms). Joins the transaction; the caller records the restore. */
    setNotBeforeIn: (tx: Db, at: number): Promise<number> => tx.run(put('not_before'), [issuer, clock.now(), at]),

    /** Keeps the brand of the file, or forgets it. Joins the transaction; the caller records what was applied. */
    setBrandIn: (tx: Db, brand: BrandValues | undefined): Promise<number> =>
      tx.run(put('brand'), [issuer, clock.now(), brand === undefined ? null : toJson(brand)]),

    /**
     * Notes the start of a server. Returns true when this start sealed the database. Throws `forbidden` (exit status 78)
     * when it is sealed and the mode is not `serve`, or holds sample people and the mode is `serve`.
     */
    async open(mode: Mode, issuer: string): Promise<boolean> {
      const now = clock.now();
      await db.run('INSERT INTO installation (id, issuer, created_at) VALUES (1, ?, ?) ON CONFLICT (id) DO NOTHING', [
        issuer,
        now,
      ]);
      if (mode === 'serve') {
        const sql = 'UPDATE installation SET sealed_at = ? WHERE id = 1 AND sealed_at IS NULL AND samples_at IS NULL';
        const sealed = (await db.run(sql, [now])) === 1;
        await refuseSamples(db, mode);
        return sealed;
      }
      await refuse(db, mode);
      return false;
    },

    /**
     * Notes that sample people live here, before the first of them does. Throws like `open` when the database is sealed:
     * of a `dev` and a `serve` that start at once, one is refused.
     */
    async noteSamples(issuer: string): Promise<void> {
      const now = clock.now();
      await db.run(
        `INSERT INTO installation (id, issuer, created_at, samples_at) VALUES (1, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET samples_at = excluded.samples_at
         WHERE installation.samples_at IS NULL AND installation.sealed_at IS NULL`,
        [issuer, now, now],
      );
      await refuse(db, 'dev');
    },
  };
}

const put = (column: 'not_before' | 'brand') =>
  `INSERT INTO installation (id, issuer, created_at, ${column}) VALUES (1, ?, ?, ?)
   ON CONFLICT (id) DO UPDATE SET ${column} = excluded.${column}`;

/** Reads the row, and keeps it until something may have changed it: it is asked for at every request. */
function createState(db: Database): () => Promise<State> {
  const cache = createFreshCache<State>(db, 1);
  return async () => {
    const cached = cache.get('');
    if (cached) return cached;
    const mark = cache.mark();
    type Row = { not_before: number | null; brand: string | null };
    const row = await db.get<Row>('SELECT not_before, brand FROM installation WHERE id = 1');
    const state = {
      notBefore: row?.not_before ?? undefined,
      brand: row?.brand ? fromJson<BrandValues>(row.brand) : undefined,
    };
    cache.fill('', state, mark);
    return state;
  };
}

/** Throws like `open` before anything is migrated or written; an empty or older database may not have the table yet. */
export async function refuseSealed(db: Db, mode: Mode): Promise<void> {
  if (mode !== 'serve' && (await hasTable(db, 'installation'))) await refuse(db, mode);
}

/** Throws `forbidden` (exit status 78) when `serve` is to open a database of this schema in which `dev` put its people. */
export async function refuseSamples(db: Db, mode: Mode): Promise<void> {
  if (mode !== 'serve') return;
  if (!(await db.get('SELECT samples_at FROM installation WHERE id = 1 AND samples_at IS NOT NULL'))) return;
  const message = `This database holds the sample people of "postern dev", whose passwords anyone knows: begin "postern serve" with an empty one.`;
  throw new PosternError('forbidden', message, { exitStatus: 78 });
}

async function refuse(db: Db, mode: Mode): Promise<void> {
  const sealed = await db.get('SELECT sealed_at FROM installation WHERE id = 1 AND sealed_at IS NOT NULL');
  if (sealed) throw sealedError(mode);
}

/** What `dev` and `testing` answer for a data directory or database that real people use. */
export function sealedError(mode: Mode): PosternError {
  return new PosternError(
    'forbidden',
    `This data belongs to "postern serve": "postern ${mode}" would let anyone be anyone in it. Choose another directory with --data.`,
    { exitStatus: 78 },
  );
}
