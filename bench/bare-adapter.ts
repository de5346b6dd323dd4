/**
 * The yardstick: a storage adapter for oidc-provider as one would write it in an afternoon. better-sqlite3, prepared
 * statements, plain JSON, WAL with synchronous=FULL, one autocommit statement per call, consume as compare-and-set.
 */
import Database from 'better-sqlite3';
import { type Adapter, type AdapterPayload, errors } from 'oidc-provider';

const schema = `
CREATE TABLE oidc (model TEXT NOT NULL, id TEXT NOT NULL, payload TEXT NOT NULL, grant_id TEXT, user_code TEXT, uid TEXT,
  consumed_at INTEGER, expires_at INTEGER, PRIMARY KEY (model, id)) WITHOUT ROWID;
CREATE INDEX oidc_grant ON oidc (grant_id) WHERE grant_id IS NOT NULL;
CREATE INDEX oidc_uid ON oidc (uid) WHERE uid IS NOT NULL;
CREATE INDEX oidc_user_code ON oidc (user_code) WHERE user_code IS NOT NULL;
CREATE INDEX oidc_expires ON oidc (expires_at) WHERE expires_at IS NOT NULL;`;

const upsertSql = `INSERT INTO oidc (model, id, payload, grant_id, user_code, uid, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (model, id) DO UPDATE SET payload = excluded.payload, grant_id = excluded.grant_id,
  user_code = excluded.user_code, uid = excluded.uid, expires_at = excluded.expires_at`;

type Row = { payload: string; consumed_at: number | null };

/** Opens a new database file and returns the adapter factory for oidc-provider's `adapter` setting. */
export function openBareAdapter(file: string): (model: string) => Adapter {
  const database = new Database(file);
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.pragma('cache_size = -16000');
  database.exec(schema);

  const upsert = database.prepare(upsertSql);
  const byId = database.prepare('SELECT payload, consumed_at FROM oidc WHERE model = ? AND id = ?');
  const byUid = database.prepare('SELECT payload, consumed_at FROM oidc WHERE model = ? AND uid = ?');
  const byUserCode = database.prepare('SELECT payload, consumed_at FROM oidc WHERE model = ? AND user_code = ?');
  const destroy = database.prepare('DELETE FROM oidc WHERE model = ? AND id = ?');
  const revoke = database.prepare('DELETE FROM oidc WHERE model = ? AND grant_id = ?');
  const consume = database.prepare(
    'UPDATE oidc SET consumed_at = ? WHERE model = ? AND id = ? AND consumed_at IS NULL',
  );
  const seconds = () => Math.floor(Date.now() / 1000);

  function payloadOf(row: unknown): AdapterPayload | undefined {
    if (row === undefined) return undefined;
    const { payload, consumed_at: consumedAt } = row as Row;
    const parsed = JSON.parse(payload) as AdapterPayload;
    if (consumedAt !== null) parsed.consumed = consumedAt;
    return parsed;
  }

  return (model) => ({
    async upsert(id, payload, expiresIn) {
      const expiresAt = expiresIn ? seconds() + expiresIn : null;
      const grantId = model === 'Grant' ? null : (payload.grantId ?? null);
      const uid = model === 'Session' ? payload.uid : null;
      upsert.run(model, id, JSON.stringify(payload), grantId, payload.userCode ?? null, uid, expiresAt);
    },
    find: async (id) => payloadOf(byId.get(model, id)),
    findByUid: async (uid) => payloadOf(byUid.get(model, uid)),
    findByUserCode: async (userCode) => payloadOf(byUserCode.get(model, userCode)),
    async destroy(id) {
      destroy.run(model, id);
    },
    async revokeByGrantId(grantId) {
      revoke.run(model, grantId);
    },
    async consume(id) {
      if (consume.run(seconds(), model, id).changes !== 1) throw new errors.InvalidGrant('already consumed');
    },
  });
}
