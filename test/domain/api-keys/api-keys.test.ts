import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createManualClock } from '../../../src/base/clock.ts';
import type { Db } from '../../../src/db/db.ts';
import { type ApiScope, allows, apiScopes, createApiKeys } from '../../../src/domain/api-keys/api-keys.ts';
import { createAudit } from '../../../src/domain/audit/audit.ts';
import { databases, type OpenedDatabase } from '../../support/databases.ts';

const by = { type: 'operator' } as const;
const day = 86_400_000;
const reader = { name: 'backup script', scopes: ['accounts:read'] as ApiScope[] };

describe.each(databases)('API keys over $name', ({ name, open }) => {
  let opened: OpenedDatabase;
  beforeEach(async () => {
    opened = await open();
  });
  afterEach(() => opened.close());

  const room = (fails = false) => {
    const { db } = opened;
    const clock = createManualClock();
    const audit = createAudit({ clock });
    const failing = { record: () => Promise.reject(new Error('the log is full')) };
    const apiKeys = createApiKeys({ db, clock, audit: fails ? failing : audit });
    const events = async () => (await audit.list(db, { limit: 100, event: 'api_key.' })).items;
    return { db, clock, apiKeys, events };
  };

  it('M05 a key is told once, has 256 random bits and is stored as its digest alone', async () => {
    const { apiKeys, db, clock, events } = room();
    const { apiKey, secret } = await apiKeys.create(reader, { by: { type: 'account', id: 'acc_1' }, ip: '::1' });
    expect(secret).toMatch(/^pst_[A-Za-z0-9_-]{43}$/);
    expect(apiKey).toEqual({
      id: expect.stringMatching(/^key_[A-Za-z0-9_-]{16}$/),
      ...{ ...reader, createdBy: 'acc_1', createdAt: clock.now(), expiresAt: clock.now() + 90 * day },
    });
    expect((await apiKeys.create(reader, { by })).secret).not.toBe(secret);
    const rows = await db.all<{ id: string; hash: string }>('SELECT * FROM api_keys');
    const hash = createHash('sha256').update(secret).digest('base64url');
    expect(rows.find(({ id }) => id === apiKey.id)?.hash).toBe(hash);
    const everything = JSON.stringify([rows, await events(), await apiKeys.list()]);
    expect(everything).not.toContain(secret.slice(4));
    expect(JSON.stringify([await events(), await apiKeys.list()])).not.toContain(hash);
    expect((await events()).at(-1)).toMatchObject({
      ...{ event: 'api_key.created', actor: { type: 'account', id: 'acc_1' }, ip: '::1' },
      detail: { keyId: apiKey.id, name: 'backup script', scopes: ['accounts:read'], expiresAt: apiKey.expiresAt },
    });
  });

  it('M05 lets in while it lasts; an unknown, expired or revoked one never, nor what looks like one', async () => {
    const { apiKeys, clock } = room();
    const { apiKey, secret } = await apiKeys.create({ ...reader, expiresInDays: 1 }, { by });
    const other = await apiKeys.create(reader, { by });
    expect(await apiKeys.authenticate(secret)).toEqual(apiKey);
    const digest = createHash('sha256').update(secret).digest('base64url');
    for (const text of [
      '',
      'pst_',
      secret.slice(0, -1),
      `${secret}x`,
      ` ${secret}`,
      digest,
      `pst_${digest}`,
      apiKey.id,
    ])
      expect(await apiKeys.authenticate(text)).toBeUndefined();
    clock.advance(day - 1);
    expect(await apiKeys.authenticate(secret)).toMatchObject({ id: apiKey.id });
    clock.advance(1);
    expect(await apiKeys.authenticate(secret)).toBeUndefined();
    expect(await apiKeys.authenticate(other.secret)).toMatchObject({ id: other.apiKey.id });
    await apiKeys.revoke(other.apiKey.id, { by });
    expect(await apiKeys.authenticate(other.secret)).toBeUndefined();
  });

  it('notes its use, at most once a minute', async () => {
    const { apiKeys, clock } = room();
    const { apiKey, secret } = await apiKeys.create(reader, { by });
    const usedAt = async () => (await apiKeys.list()).find(({ id }) => id === apiKey.id)?.lastUsedAt;
    const first = clock.now();
    await Promise.all([apiKeys.authenticate(secret), apiKeys.authenticate(secret)]);
    expect(await usedAt()).toBe(first);
    clock.advance(59_999);
    await apiKeys.authenticate(secret);
    expect(await usedAt()).toBe(first);
    clock.advance(1);
    await apiKeys.authenticate(secret);
    expect(await usedAt()).toBe(clock.now());
  });

  it('M13 ends once, with one event; nothing happens when that cannot be written', async () => {
    const { apiKeys, events, clock } = room();
    const { apiKey, secret } = await apiKeys.create(reader, { by });
    const unable = room(true).apiKeys;
    await expect(unable.revoke(apiKey.id, { by })).rejects.toThrow('full');
    await expect(unable.create(reader, { by })).rejects.toThrow('full');
    expect(await apiKeys.list()).toEqual([apiKey]);
    expect(await apiKeys.authenticate(secret)).toBeDefined();
    await apiKeys.revoke(apiKey.id, { by });
    clock.advance(1000);
    await apiKeys.revoke(apiKey.id, { by });
    expect((await events()).map(({ event, detail }) => [event, detail])).toEqual([
      ['api_key.revoked', { keyId: apiKey.id, name: 'backup script' }],
      ['api_key.created', expect.anything()],
    ]);
    expect((await apiKeys.list())[0]).toMatchObject({ revokedAt: clock.now() - 1000 });
    await expect(apiKeys.revoke('key_gone\0', { by })).rejects.toMatchObject({ code: 'not_found' });
  });

  it('M09 those that an account made end with it, also those made by way of a key', async () => {
    const { apiKeys, db, events } = room();
    const account = { by: { type: 'account', id: 'acc_1' } } as const;
    const made = await apiKeys.create({ name: 'one', scopes: ['admin:write'] }, account);
    const byKey = { by: { type: 'api_key', id: made.apiKey.id } } as const;
    const child = await apiKeys.create({ name: 'two', scopes: ['audit:read'] }, byKey);
    const others = await apiKeys.create(reader, { by: { type: 'account', id: 'acc_2' } });
    await db.transaction((tx) => apiKeys.revokeOfAccountIn(tx, 'acc_1', { by }));
    for (const { secret } of [made, child]) expect(await apiKeys.authenticate(secret)).toBeUndefined();
    expect(await apiKeys.authenticate(others.secret)).toBeDefined();
    const revoked = (await events()).filter(({ event }) => event === 'api_key.revoked');
    expect(revoked.map(({ accountId }) => accountId)).toEqual(['acc_1', 'acc_1']);
  });

  it('M05 a key makes none that outlives it: not its end, and not its being revoked', async () => {
    const { apiKeys, clock, events } = room();
    const short = await apiKeys.create({ name: 'short', scopes: ['api-keys:write'], expiresInDays: 1 }, { by });
    const madeBy = (id: string) => ({ by: { type: 'api_key', id } }) as const;
    const make = async (maker: string, expiresInDays: number) =>
      apiKeys.create({ name: `by ${maker}`, scopes: ['api-keys:write'], expiresInDays }, madeBy(maker));
    const child = await make(short.apiKey.id, 366);
    expect(child.apiKey).toMatchObject({ createdByKey: short.apiKey.id, expiresAt: short.apiKey.expiresAt });
    clock.advance(1000);
    const grandchild = await make(child.apiKey.id, 366);
    expect(grandchild.apiKey.expiresAt).toBe(short.apiKey.expiresAt);
    const other = await apiKeys.create(reader, { by });
    await apiKeys.revoke(short.apiKey.id, { by });
    for (const { secret } of [short, child, grandchild]) expect(await apiKeys.authenticate(secret)).toBeUndefined();
    expect(await apiKeys.authenticate(other.secret)).toBeDefined();
    const revoked = (await events()).filter(({ event }) => event === 'api_key.revoked');
    expect(revoked.map(({ detail }) => (detail as { keyId: string }).keyId).reverse()).toEqual(
      [short, child, grandchild].map(({ apiKey }) => apiKey.id),
    );
  });

  if (name === 'PostgreSQL')
    it('M05 revoking a key while it makes another leaves neither', async () => {
      const { apiKeys, db, clock } = room();
      const { id } = (await apiKeys.create({ name: 'maker', scopes: ['api-keys:write'] }, { by })).apiKey;
      let revoking: Promise<void> | undefined;
      const untilItWaits = async () => {
        let isOver = false;
        revoking = apiKeys.revoke(id, { by }).finally(() => {
          isOver = true;
        });
        const isWaiting = `SELECT 1 AS one FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'`;
        while (!isOver && !(await db.get(isWaiting)));
      };
      // Between what the making writes and its commit.
      const held = {
        ...db,
        transaction: <Result>(work: (tx: Db) => Promise<Result>) =>
          db.transaction(async (tx) => {
            const result = await work(tx);
            await untilItWaits();
            return result;
          }),
      };
      const making = createApiKeys({ db: held, clock, audit: createAudit({ clock }) });
      await making.create({ name: 'child', scopes: ['api-keys:write'] }, { by: { type: 'api_key', id } });
      await revoking;
      expect(await db.all('SELECT id FROM api_keys WHERE revoked_at IS NULL')).toEqual([]);
    });

  it('forgets keys that ended long ago, some at a time, and no others', async () => {
    const { apiKeys, clock } = room();
    const make = async (name: string, expiresInDays: number) =>
      (await apiKeys.create({ name, scopes: ['audit:read'], expiresInDays }, { by })).apiKey.id;
    await make('expired', 1);
    await apiKeys.revoke(await make('revoked', 366), { by });
    clock.advance(2 * day + 1);
    await apiKeys.revoke(await make('revoked later', 366), { by });
    await make('living', 366);
    expect(await apiKeys.purge(clock.now() - day, 1)).toBe(1);
    expect(await apiKeys.purge(clock.now() - day, 9)).toBe(1);
    expect(await apiKeys.purge(clock.now() - day, 9)).toBe(0);
    expect((await apiKeys.list()).map(({ name }) => name).sort()).toEqual(['living', 'revoked later']);
  });

  it('M05 a key makes none that may do more than itself, and none once it has ended', async () => {
    const { apiKeys } = room();
    const { apiKey } = await apiKeys.create({ name: 'a', scopes: ['api-keys:write', 'clients:read'] }, { by });
    const byKey = { by: { type: 'api_key', id: apiKey.id } } as const;
    const make = (...scopes: ApiScope[]) => apiKeys.create({ name: 'b', scopes }, byKey);
    await expect(make('clients:read', 'clients:write', 'admin:read')).rejects.toMatchObject({
      code: 'forbidden',
      fields: [
        { path: 'scopes', message: expect.stringContaining('admin:read') },
        { path: 'scopes', message: expect.stringContaining('clients:write') },
      ],
    });
    expect((await make('clients:read', 'api-keys:read')).apiKey.createdBy).toBeUndefined();
    await apiKeys.revoke(apiKey.id, { by });
    await expect(make('clients:read')).rejects.toMatchObject({ code: 'forbidden' });
    const unknown = apiKeys.create(reader, { by: { type: 'api_key', id: 'key_gone' } });
    await expect(unknown).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('refuses what cannot be, all of it at once; scopes are kept in their order, each once', async () => {
    const { apiKeys } = room();
    const wrong = { name: 'a\u202eb', scopes: ['accounts:read', 'accounts:delete'], expiresInDays: 367, x: 1 } as never;
    await expect(apiKeys.create(wrong, { by })).rejects.toMatchObject({
      code: 'invalid',
      fields: [{ path: 'name' }, { path: 'scopes[1]' }, { path: 'expiresInDays' }, { path: 'x' }],
    });
    for (const expiresInDays of [0, -1, 1.5, Number.POSITIVE_INFINITY])
      await expect(apiKeys.create({ ...reader, expiresInDays }, { by })).rejects.toMatchObject({ code: 'invalid' });
    await expect(apiKeys.create({ name: 'a', scopes: [] }, { by })).rejects.toMatchObject({ code: 'invalid' });
    const scopes: ApiScope[] = ['groups:read', 'accounts:read', 'groups:read'];
    const { apiKey } = await apiKeys.create({ name: 'a', scopes }, { by });
    expect(apiKey.scopes).toEqual(['accounts:read', 'groups:read']);
  });

  it('R36 after a restore only those go on that work in the database that was replaced', async () => {
    const { apiKeys, db } = room();
    const kept = await apiKeys.create(reader, { by });
    const revokedSince = await apiKeys.create(reader, { by });
    const present = await databases[0]?.open();
    if (!present) throw new Error('no database');
    const rows = await db.all<Record<string, string | number | null>>('SELECT * FROM api_keys');
    for (const row of rows) {
      const sql = `INSERT INTO api_keys (${Object.keys(row).join(', ')}) VALUES (${Object.keys(row).map(() => '?')})`;
      await present.db.run(sql, Object.values(row));
    }
    await present.db.run('UPDATE api_keys SET revoked_at = 1 WHERE id = ?', [revokedSince.apiKey.id]);
    expect(await db.transaction((tx) => apiKeys.endRestoredIn(tx, present.db))).toBe(1);
    expect(await apiKeys.authenticate(kept.secret)).toBeDefined();
    expect(await apiKeys.authenticate(revokedSince.secret)).toBeUndefined();
    expect(await db.transaction((tx) => apiKeys.endRestoredIn(tx))).toBe(1);
    expect(await apiKeys.authenticate(kept.secret)).toBeUndefined();
    await present.close();
  });
});

describe('what scopes allow', () => {
  it.each<[string[], ApiScope, boolean]>([
    [['accounts:read'], 'accounts:read', true],
    [['accounts:write'], 'accounts:read', true],
    [['accounts:read'], 'accounts:write', false],
    [['accounts:write'], 'groups:read', false],
    [['admin:read'], 'audit:read', true],
    [['admin:read'], 'audit:write', false],
    [['admin:write'], 'api-keys:write', true],
    [['admin:write'], 'admin:read', true],
    [['admin:read'], 'admin:write', false],
    [[], 'accounts:read', false],
    [['openid', 'accounts', 'accounts:', ':write', '*'], 'accounts:read', false],
  ])('M05 %o and %s: %s', (scopes, needed, expected) => {
    expect(allows(scopes, needed)).toBe(expected);
  });

  it('admin:write allows everything, nothing else does', () => {
    for (const scope of apiScopes) {
      expect(allows(['admin:write'], scope)).toBe(true);
      expect(apiScopes.every((needed) => allows([scope], needed))).toBe(scope === 'admin:write');
    }
  });
});
