/** How one key comes after another: each change is one transaction, decided by what the table says inside it. */

import type { Algorithm } from '../../base/algorithms.ts';
import { PosternError } from '../../base/errors.ts';
import type { Db } from '../../db/db.ts';
import { causedBy } from '../audit/audit.ts';
import { generateKey, type SigningJwk } from './generate.ts';
import {
  activateKey,
  insertKey,
  lockKeys,
  markRevoked,
  removeKey,
  retireKey,
  type StoredKey,
  selectKeys,
} from './store.ts';
import { absent, checkedChange, checkedRotation, type KeyChange, type Tools } from './tools.ts';

/** The key that was made or was on its way already. `activatesAt` (epoch ms): from when on it signs, if not yet. */
export type Rotated = { kid: string; algorithm: Algorithm; isNew: boolean; activatesAt?: number | undefined };

const withState = (keys: readonly StoredKey[], algorithm: Algorithm, state: StoredKey['state']) =>
  keys.find((key) => key.algorithm === algorithm && key.state === state);

/** See `rotate` in keys.ts. */
export async function rotate(tools: Tools, algorithm: Algorithm, circumstances: KeyChange): Promise<Rotated> {
  const { db } = tools;
  const change = checkedRotation(tools, algorithm, circumstances);
  const askedAt = tools.clock.now();
  const before = await selectKeys(db);
  const asked = withState(before, algorithm, 'active')?.kid;
  const begun = begunSince(before, algorithm, { asked, askedAt });
  if (begun) return onItsWay(tools, begun);
  const made = await makeKey(tools, algorithm);
  return db.transaction(async (tx) => {
    await lockKeys(tx);
    const keys = await selectKeys(tx);
    const others = begunSince(keys, algorithm, { asked, askedAt });
    if (others) return onItsWay(tools, others);
    const active = withState(keys, algorithm, 'active');
    return answerOf(await addNext(tools, tx, { made, active, change }), true);
  });
}

/** What somebody who asked at the same time, and was faster, has begun: it is what was asked for here (J06). */
function begunSince(
  keys: readonly StoredKey[],
  algorithm: Algorithm,
  { asked, askedAt }: { asked: string | undefined; askedAt: number },
): StoredKey | undefined {
  const active = withState(keys, algorithm, 'active');
  const isNew = active !== undefined && (active.kid !== asked || (active.activatedAt ?? 0) > askedAt);
  return withState(keys, algorithm, 'pending') ?? (isNew ? active : undefined);
}

const answerOf = ({ kid, algorithm, state, activatesAt }: StoredKey, isNew: boolean): Rotated => ({
  ...{ kid, algorithm, isNew },
  activatesAt: state === 'pending' ? activatesAt : undefined,
});

/** Throws `conflict` for one that will never sign (R18): nobody must wait for it. */
function onItsWay({ safe }: Tools, key: StoredKey): Rotated {
  if (key.state === 'pending' && safe.open(key) === undefined) throw damaged(key);
  return answerOf(key, false);
}

const damaged = ({ kid }: StoredKey) =>
  new PosternError(
    'conflict',
    `The key ${kid} was changed in the database and cannot sign. Take it out: postern key revoke ${kid} --now`,
  );

type Next = { made: SigningJwk; active: StoredKey | undefined; change: KeyChange; isUrgent?: boolean };

/** Publishes a new key, or signs with it at once where the policy gives no time for that, or none is left. */
export async function addNext(tools: Tools, tx: Db, { made, active, change, isUrgent }: Next): Promise<StoredKey> {
  const { audit, clock, policyOf, safe } = tools;
  const { kid, alg: algorithm } = made;
  const now = clock.now();
  const aheadSeconds = isUrgent ? 0 : policyOf(algorithm).publishAheadSeconds;
  const signsNow = aheadSeconds === 0 || active === undefined;
  const key = { kid, algorithm, ...safe.seal(made), createdAt: now };
  const activatesAt = now + aheadSeconds * 1000;
  if (!signsNow) {
    const pending = { ...key, state: 'pending', activatesAt } as const;
    await insertKey(tx, pending);
    const detail = { kid, algorithm, activatesAt, ...reasonOf(change) };
    await audit.record(tx, { ...causedBy(change), event: 'key.published', detail });
    return { ...pending, isRevoked: false };
  }
  if (active) await retireKey(tx, active.kid, now);
  const activated = { ...key, state: 'active', activatedAt: now } as const;
  await insertKey(tx, activated);
  const detail = { kid, algorithm, ...(active && { retired: active.kid }), ...reasonOf(change) };
  await audit.record(tx, { ...causedBy(change), event: 'key.activated', detail });
  return { ...activated, isRevoked: false };
}

/** See `activate` in keys.ts. */
export async function signNow(tools: Tools, kid: string, circumstances: KeyChange): Promise<void> {
  const change = checkedChange(circumstances);
  await tools.db.transaction(async (tx) => {
    await lockKeys(tx);
    const keys = await selectKeys(tx);
    const key = keys.find((candidate) => candidate.kid === kid);
    if (!key) throw absent();
    if (key.state !== 'pending') {
      throw new PosternError('conflict', `The key ${kid} is ${key.state}: only a pending one can begin to sign.`);
    }
    if (tools.safe.open(key) === undefined) throw damaged(key);
    await activateIn(tools, tx, key, { keys, change });
  });
}

/** The present one retires, this one signs. */
export async function activateIn(
  { audit, clock }: Tools,
  tx: Db,
  { kid, algorithm, activatesAt = 0 }: StoredKey,
  { keys, change }: { keys: readonly StoredKey[]; change: KeyChange },
): Promise<void> {
  const now = clock.now();
  const retired = withState(keys, algorithm, 'active')?.kid;
  if (retired !== undefined) await retireKey(tx, retired, now);
  await activateKey(tx, kid, now);
  const isEarly = now < activatesAt;
  const detail = {
    ...{ kid, algorithm },
    ...(retired !== undefined && { retired }),
    ...(isEarly && { isEarly }),
    ...reasonOf(change),
  };
  await audit.record(tx, { ...causedBy(change), event: 'key.activated', detail });
}

/** See `revoke` in keys.ts. */
export async function revoke(
  tools: Tools,
  kid: string,
  circumstances: KeyChange,
): Promise<{ successor: string | undefined }> {
  const { db } = tools;
  const change = checkedChange(circumstances);
  const known = (await selectKeys(db)).find((key) => key.kid === kid);
  if (!known) throw absent();
  // Made before the transaction, which must not wait; not needed where one is pending.
  const spare = known.state === 'removed' ? undefined : await makeKey(tools, known.algorithm);
  return db.transaction(async (tx) => {
    await lockKeys(tx);
    const keys = await selectKeys(tx);
    const key = keys.find((candidate) => candidate.kid === kid);
    if (!key) throw absent();
    if (key.isRevoked) throw new PosternError('conflict', `The key ${kid} is revoked already.`);
    return { successor: await revokeIn(tools, tx, { key, keys, spare, change }) };
  });
}

type Revocation = { key: StoredKey; keys: readonly StoredKey[]; spare: SigningJwk | undefined; change: KeyChange };

async function revokeIn(tools: Tools, tx: Db, { key, keys, spare, change }: Revocation): Promise<string | undefined> {
  const { audit, clock, safe } = tools;
  const { kid, algorithm, state } = key;
  const now = clock.now();
  const publicJwk = safe.publicOf(key);
  await removeKey(tx, kid, publicJwk && JSON.stringify(publicJwk), now);
  await markRevoked(tx, kid, now);
  const next = withState(keys, algorithm, 'pending');
  // One that was changed in the database would sign nothing (R18).
  const pending = next && safe.open(next) ? next : undefined;
  const isSigning = state === 'active' && tools.algorithms.includes(algorithm);
  let successor: string | undefined;
  if (isSigning && pending) {
    await activateKey(tx, pending.kid, now);
    successor = pending.kid;
  } else if (isSigning && spare) {
    await insertKey(tx, { ...spareOf(spare, now), ...safe.seal(spare) });
    successor = spare.kid;
  }
  const detail = { kid, algorithm, state, ...(successor !== undefined && { successor }), ...reasonOf(change) };
  await audit.record(tx, { ...causedBy(change), event: 'key.revoked', detail });
  return successor;
}

const spareOf = ({ kid, alg }: SigningJwk, now: number) =>
  ({ kid, algorithm: alg, state: 'active', createdAt: now, activatedAt: now }) as const;

/** Those who ask at the same time share one: it is used once, by whoever comes first, and forgotten by the others. */
function makeKey({ db }: Tools, algorithm: Algorithm): Promise<SigningJwk> {
  const making = underWay.get(db) ?? new Map<Algorithm, Promise<SigningJwk>>();
  underWay.set(db, making);
  const shared = making.get(algorithm);
  if (shared) return shared;
  const made = generateKey(algorithm);
  making.set(algorithm, made);
  const forget = () => void making.delete(algorithm);
  made.then(forget, forget);
  return made;
}
const underWay = new WeakMap<object, Map<Algorithm, Promise<SigningJwk>>>();

export const reasonOf = ({ reason }: KeyChange) => (reason === undefined ? {} : { reason });
