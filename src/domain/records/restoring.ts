import type { Db } from '../../db/db.ts';

const batch = 500;

/**
 * After a restore, in the caller's transaction. Without `present` everything that was issued ends (N06). With it, the
 * database that is being replaced, only what lives there too goes on: what was spent, revoked or signed out since the
 * backup stays dead (R36). Returns how many records ended.
 */
export async function endRestoredRecords(tx: Db, present?: Db): Promise<number> {
  if (!present) return tx.run('DELETE FROM records');
  await copyRevokedGrants(tx, present);
  let ended = await tx.run('DELETE FROM records WHERE grant_key IN (SELECT grant_key FROM revoked_grants)');
  let after: Buffer = Buffer.alloc(0);
  for (;;) {
    const sql = 'SELECT key FROM records WHERE key > ? ORDER BY key LIMIT ?';
    const keys = (await tx.all<{ key: Buffer }>(sql, [after, batch])).map((row) => row.key);
    for (const key of keys) {
      const isLive = await present.get('SELECT key FROM records WHERE key = ? AND consumed_at IS NULL', [key]);
      if (!isLive) ended += await tx.run('DELETE FROM records WHERE key = ?', [key]);
    }
    if (keys.length < batch) return ended;
    after = keys.at(-1) as Buffer;
  }
}

async function copyRevokedGrants(tx: Db, present: Db): Promise<void> {
  type Row = { grant_key: Buffer; revoked_at: number; expires_at: number };
  for (const row of await present.all<Row>('SELECT grant_key, revoked_at, expires_at FROM revoked_grants')) {
    await tx.run(
      'INSERT INTO revoked_grants (grant_key, revoked_at, expires_at) VALUES (?, ?, ?) ON CONFLICT (grant_key) DO NOTHING',
      [row.grant_key, row.revoked_at, row.expires_at],
    );
  }
}
