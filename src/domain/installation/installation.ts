/**
 * installation: what this database is for. The first `serve` seals it; from then on `dev` and `testing`, whose sample
 * people anyone can be, refuse it. And `serve` refuses one that holds those people. Owns the table `installation`; knows
 * no other room.
 */
import type { Clock } from '../../base/clock.ts';
import { PosternError } from '../../base/errors.ts';
import type { Mode } from '../../base/mode.ts';
import type { Database, Db } from '../../db/db.ts';
import { hasTable } from '../../db/migrate.ts';

export type Installation = ReturnType<typeof createInstallation>;

export function createInstallation({ db, clock }: { db: Database; clock: Clock }) {
  return {
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
