/**
 * api-keys: credentials of the REST API: scoped, expiring, stored as a digest alone (a key is 256 random bits). Owns table
 * `api_keys`. It does not know requests, nor what a scope opens.
 */
import { z } from 'zod';
import { parseInput } from '../../base/administered.ts';
import type { Clock } from '../../base/clock.ts';
import { PosternError } from '../../base/errors.ts';
import { digest, randomId } from '../../base/ids.ts';
import type { Database, Db } from '../../db/db.ts';
import { type Audit, type Circumstances, causedBy } from '../audit/audit.ts';
import { type ApiScope, allows, apiScopes } from './scopes.ts';
import {
  type ApiKey,
  deleteEnded,
  findKey,
  findKeyByHash,
  findMaker,
  insertKey,
  listKeys,
  liveKeys,
  liveKeysMadeBy,
  liveKeysOf,
  noteUse,
  revokeKey,
} from './store.ts';

export { type ApiScope, allows, apiScopes, tokenScopes } from './scopes.ts';
export type { ApiKey } from './store.ts';

/** What it takes to make a key. */
export const apiKeyInput = z.strictObject({
  name: z
    .string()
    .trim()
    .min(1)
    .max(100)
    .regex(/^[^\p{Cc}\p{Cf}]*$/u, 'must be one line without control characters')
    .describe('What it is for.'),
  scopes: z
    .array(z.enum(apiScopes as [ApiScope, ...ApiScope[]], { error: 'is not a scope of the API' }))
    .min(1, 'must be at least one')
    .describe('What it may do.'),
  expiresInDays: z.int().min(1).max(366).default(90).describe('How many days it lasts.'),
});
export type ApiKeyInput = z.input<typeof apiKeyInput>;

type Options = { db: Database; clock: Clock; audit: Pick<Audit, 'record'> };

const dayMilliseconds = 86_400_000;
/** `lastUsedAt` is this coarse, so that a busy key does not write at each request. */
const useMilliseconds = 60_000;
const keyText = /^pst_[A-Za-z0-9_-]{43}$/;

export type ApiKeys = ReturnType<typeof createApiKeys>;

/** The room. Functions begin their own transactions, but for `revokeOfAccountIn`. */
export function createApiKeys(options: Options) {
  const { db, clock } = options;
  return {
    /** All keys, the newest first, with those that no longer work. */
    list: (): Promise<ApiKey[]> => listKeys(db),

    /** How many keys that work now end with the account's password: those that it made. */
    countOfAccount: (accountId: string): Promise<number> => countWorking(options, accountId),

    /**
     * Makes a key; `secret` is told this once. It ends with who makes it: the account, also by way of another key, or the
     * key, which it can't outlive either. Throws `invalid` (with fields), and `forbidden` when a key makes one that may do
     * more than itself.
     */
    create: (input: ApiKeyInput, circumstances: Circumstances): Promise<{ apiKey: ApiKey; secret: string }> =>
      create(options, input, circumstances),

    /** Ends a key, and those that it made. Throws `not_found`; without effect when it has been revoked before. */
    async revoke(id: string, circumstances: Circumstances): Promise<void> {
      await db.transaction(async (tx) => {
        const key = await findKey(tx, id);
        if (!key) throw new PosternError('not_found', 'There is no API key with this id.');
        await revokeIn(options, tx, key, circumstances);
      });
    },

    /** The key of that text, if it works now; notes its use. Undefined for an unknown, expired or revoked one. */
    authenticate: (secret: string): Promise<ApiKey | undefined> => authenticate(options, secret),

    /** Ends every key that the account made; joins the transaction in which the account is disabled or removed (M09). */
    async revokeOfAccountIn(tx: Db, accountId: string, circumstances: Circumstances): Promise<void> {
      const about = { accountId };
      for (const key of await liveKeysOf(tx, accountId)) await revokeIn(options, tx, key, circumstances, about);
    },

    /** Deletes up to `batch` keys that were revoked or had expired before `before` (epoch ms); says how many. */
    purge: (before: number, batch: number): Promise<number> => deleteEnded(db, before, batch),

    /**
     * After a restore, in the caller's transaction: ends every key that does not work in `present`, the database that is
     * being replaced, either; without it every key. Returns how many. The caller records the restore.
     */
    async endRestoredIn(tx: Db, present?: Db): Promise<number> {
      const [now, goesOn] = [clock.now(), new Set(present && (await liveKeys(present)).map(({ id }) => id))];
      let ended = 0;
      for (const { id } of await liveKeys(tx)) if (!goesOn.has(id) && (await revokeKey(tx, id, now))) ended++;
      return ended;
    },
  };
}

async function authenticate({ db, clock }: Options, secret: string): Promise<ApiKey | undefined> {
  if (!keyText.test(secret)) return undefined;
  const key = await findKeyByHash(db, digest(secret));
  const now = clock.now();
  if (!key || key.revokedAt !== undefined || key.expiresAt <= now) return undefined;
  if (key.lastUsedAt === undefined || key.lastUsedAt <= now - useMilliseconds) {
    await noteUse(db, key.id, { at: now, ifBefore: now - useMilliseconds });
  }
  return key;
}

/** One event for each key that ends. */
async function revokeIn(
  options: Options,
  tx: Db,
  { id, name }: ApiKey,
  circumstances: Circumstances,
  about: { accountId?: string } = {},
): Promise<void> {
  const { clock, audit } = options;
  if (!(await revokeKey(tx, id, clock.now()))) return;
  const detail = { keyId: id, name };
  await audit.record(tx, { ...causedBy(circumstances), ...about, event: 'api_key.revoked', detail });
  for (const made of await liveKeysMadeBy(tx, id)) await revokeIn(options, tx, made, circumstances, about);
}

async function countWorking({ db, clock }: Options, accountId: string): Promise<number> {
  const now = clock.now();
  return (await liveKeysOf(db, accountId)).filter(({ expiresAt }) => expiresAt > now).length;
}

async function create({ db, clock, audit }: Options, input: ApiKeyInput, circumstances: Circumstances) {
  const parsed = parseInput(apiKeyInput, input, 'This API key cannot be made as it is.');
  const { name, expiresInDays } = parsed;
  const scopes = apiScopes.filter((scope) => parsed.scopes.includes(scope));
  const secret = `pst_${randomId()}`;
  const now = clock.now();
  const key = {
    ...{ id: `key_${randomId(12)}`, name, scopes },
    ...{ createdAt: now, expiresAt: now + expiresInDays * dayMilliseconds },
  };
  const apiKey = await db.transaction(async (tx) => {
    const made = await endingWithMaker(tx, key, circumstances);
    await insertKey(tx, made, digest(secret));
    const detail = { keyId: made.id, name, scopes, expiresAt: made.expiresAt };
    await audit.record(tx, { ...causedBy(circumstances), event: 'api_key.created', detail });
    return made;
  });
  return { apiKey, secret };
}

/** The key with what it ends with. A key hands on what it may do itself, for as long as it lasts, and its own makers. */
async function endingWithMaker(tx: Db, key: ApiKey, { by }: Circumstances): Promise<ApiKey> {
  if (by.type === 'account' && by.id !== undefined) return { ...key, createdBy: by.id };
  if (by.type === 'client' && by.id !== undefined) return { ...key, createdByClient: by.id };
  if (by.type !== 'api_key') return key;
  const maker = await findMaker(tx, by.id ?? '');
  const mayMake = maker !== undefined && maker.revokedAt === undefined;
  const beyond = key.scopes.filter((scope) => !mayMake || !allows(maker.scopes, scope));
  if (!mayMake || beyond.length > 0) {
    throw new PosternError('forbidden', 'An API key can only make keys that may do what it may do itself.', {
      fields: beyond.map((scope) => ({ path: 'scopes', message: `${scope} is more than this key may do` })),
    });
  }
  const { id, createdBy, createdByClient, expiresAt } = maker;
  return {
    ...{ ...key, createdByKey: id, expiresAt: Math.min(key.expiresAt, expiresAt) },
    ...(createdBy !== undefined && { createdBy }),
    ...(createdByClient !== undefined && { createdByClient }),
  };
}
