/** What happens to keys without anybody asking for it. */
import type { Algorithm } from '../../base/algorithms.ts';
import type { Db } from '../../db/db.ts';
import { generateKey } from './generate.ts';
import type { Key } from './key.ts';
import { type Step, stepsDue, stepsOfDropped } from './life.ts';
import { activateIn, addNext } from './rotation.ts';
import { insertKey, lockKeys, markRevoked, removeKey, retireKey, type StoredKey, selectKeys } from './store.ts';
import type { Tools } from './tools.ts';

const bySystem = { by: { type: 'system' } } as const;
const onTime = { ...bySystem, reason: 'scheduled' } as const;

export type Questions = {
  isReady?: ((key: Key) => Promise<boolean>) | undefined;
  isUsed?: ((algorithm: Algorithm) => Promise<boolean>) | undefined;
};

/** See `ensure` in keys.ts. */
export async function ensure(tools: Tools): Promise<void> {
  const { db, clock, audit, safe, algorithms } = tools;
  const missing = missingIn(algorithms, await selectKeys(db));
  if (missing.length === 0) return;
  const made = await Promise.all(missing.map(generateKey));
  await db.transaction(async (tx) => {
    await lockKeys(tx);
    const still = missingIn(algorithms, await selectKeys(tx));
    const now = clock.now();
    for (const jwk of made.filter(({ alg }) => still.includes(alg))) {
      const { kid, alg: algorithm } = jwk;
      const key = { kid, algorithm, state: 'active', createdAt: now, activatedAt: now } as const;
      await insertKey(tx, { ...key, ...safe.seal(jwk) });
      await audit.record(tx, { actor: bySystem.by, event: 'key.created', detail: { kid, algorithm } });
    }
  });
}

const missingIn = (algorithms: readonly Algorithm[], stored: readonly StoredKey[]): Algorithm[] =>
  algorithms.filter((algorithm) => !stored.some((key) => key.algorithm === algorithm && key.state === 'active'));

/** See `advance` in keys.ts. True when something was changed. */
export async function advance(tools: Tools, { isReady, isUsed }: Questions): Promise<boolean> {
  const stored = await selectKeys(tools.db);
  let isChanged = false;
  for (const algorithm of new Set(stored.map((key) => key.algorithm))) {
    for (const step of dueFor(tools, algorithm, stored)) {
      if (step.kind === 'wait' && !(await mayGoOn(stored, step.kid, isReady))) continue;
      if (step.kind === 'retire' && (await isUsed?.(algorithm))) continue;
      isChanged = (await perform(tools, step, algorithm)) || isChanged;
    }
  }
  return isChanged;
}

async function mayGoOn(stored: readonly StoredKey[], kid: string, isReady: Questions['isReady']): Promise<boolean> {
  const key = stored.find((candidate) => candidate.kid === kid);
  return key !== undefined && (isReady === undefined || (await isReady(key)));
}

function dueFor(tools: Tools, algorithm: Algorithm, stored: readonly StoredKey[]): Step[] {
  const keys = stored.filter((key) => key.algorithm === algorithm && key.state !== 'removed');
  const situation = { keys, policy: tools.policyOf(algorithm), now: tools.clock.now() };
  return tools.algorithms.includes(algorithm) ? stepsDue(situation) : stepsOfDropped(situation);
}

/** One step, in a transaction that looks again whether it is still due: another process may have done it. */
async function perform(tools: Tools, step: Step, algorithm: Algorithm): Promise<boolean> {
  const isNew = step.kind === 'publish' || step.kind === 'replace';
  const made = isNew ? await generateKey(algorithm) : undefined;
  return tools.db.transaction(async (tx) => {
    await lockKeys(tx);
    const keys = await selectKeys(tx);
    const due = dueFor(tools, algorithm, keys).find(
      (other) => other.kind === step.kind && kidOf(other) === kidOf(step),
    );
    if (!due) return false;
    const key = keys.find(({ kid }) => kid === kidOf(due));
    // What signs goes on, however late it is (R18).
    if (key?.state === 'pending' && due.kind !== 'retire' && !tools.safe.open(key)) return false;
    const active = keys.find((key) => key.algorithm === algorithm && key.state === 'active');
    if (made) await addNext(tools, tx, { made, active, change: onTime });
    else if (key) await performOn(tools, tx, due, { key, keys });
    return true;
  });
}

const kidOf = (step: Step): string | undefined => ('kid' in step ? step.kid : undefined);

async function performOn(
  tools: Tools,
  tx: Db,
  { kind }: Step,
  { key, keys }: { key: StoredKey; keys: readonly StoredKey[] },
): Promise<void> {
  const { kid, algorithm } = key;
  const about = { actor: bySystem.by, detail: { kid, algorithm, reason: onTime.reason } } as const;
  if (kind === 'remove') {
    await erase(tools, tx, key);
    await tools.audit.record(tx, { ...about, event: 'key.removed' });
  } else if (kind === 'retire') {
    await retireKey(tx, kid, tools.clock.now());
    await tools.audit.record(tx, { ...about, event: 'key.retired' });
  } else await activateIn(tools, tx, key, { keys, change: onTime });
}

async function erase({ safe, clock }: Tools, tx: Db, key: StoredKey): Promise<void> {
  const publicJwk = safe.publicOf(key);
  await removeKey(tx, key.kid, publicJwk && JSON.stringify(publicJwk), clock.now());
}

/** See `revokeRestoredIn` in keys.ts. */
export async function revokeRestoredIn(tools: Tools, tx: Db, present: Db): Promise<number> {
  const revoked = new Set((await selectKeys(present)).flatMap(({ kid, isRevoked }) => (isRevoked ? [kid] : [])));
  const alive = (await selectKeys(tx)).filter(({ kid, isRevoked }) => !isRevoked && revoked.has(kid));
  for (const key of alive) {
    await erase(tools, tx, key);
    await markRevoked(tx, key.kid, tools.clock.now());
  }
  return alive.length;
}
