/**
 * installation: what this database is for. The first `serve` seals it; from then on `dev` and `testing`, whose sample
 * people anyone can be, refuse it. Owns the table `installation`; knows no other room.
 */
import type { Clock } from '../../base/clock.ts';
import { PosternError } from '../../base/errors.ts';
import type { Database, Db } from '../../db/db.ts';
import { hasTable } from '../../db/migrate.ts';

export type Mode = 'dev' | 'testing' | 'serve';
export type Installation = ReturnType<typeof createInstallation>;

export function createInstallation({ db, clock }: { db: Database; clock: Clock }) {
  return {
    /**
     * Notes the start of a server. Returns true when this start sealed the database. Throws `forbidden` (exit status 78)
     * when it is sealed and the mode is not `serve`.
     */
    async open(mode: Mode, issuer: string): Promise<boolean> {
      const now = clock.now();
      await db.run('INSERT INTO installation (id, issuer, created_at) VALUES (1, ?, ?) ON CONFLICT (id) DO NOTHING', [
        issuer,
        now,
      ]);
      if (mode === 'serve') {
        return (await db.run('UPDATE installation SET sealed_at = ? WHERE id = 1 AND sealed_at IS NULL', [now])) === 1;
      }
      await refuse(db, mode);
      return false;
    },
  };
}

/** Throws like `open` before anything is migrated or written; an empty or older database may not have the table yet. */
export async function refuseSealed(db: Db, mode: Mode): Promise<void> {
  if (mode !== 'serve' && (await hasTable(db, 'installation'))) await refuse(db, mode);
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
