/** The beginning and the end of a rehearsal. */
import { PosternError } from '../../base/errors.ts';
import { randomId } from '../../base/ids.ts';
import { suggestion } from '../../base/nearest.ts';
import { seal } from '../../base/vault.ts';
import { isStorable, toJson } from '../../db/columns.ts';
import type { Db } from '../../db/db.ts';
import { type Circumstances, causedBy } from '../audit/audit.ts';
import { generateKey, type Keys, publicPart, type SigningJwk } from '../keys/keys.ts';
import { rehearsalOf, resultOf } from './result.ts';
import {
  endRehearsal,
  findExpired,
  findRehearsal,
  findRunning,
  forgetRehearsals,
  insertRehearsal,
  type StoredRehearsal,
} from './store.ts';
import { keysContext, type RehearsalsDependencies } from './tools.ts';
import { isVariant, type VariantName, variantNames, variants } from './variants.ts';

/** `clientId`: left out, it is played against every client. `seconds`: until it ends by itself. */
export type RehearsalInput = { variant: string; clientId?: string | undefined; seconds?: number | undefined };

const defaultSeconds = 300;
const mostSeconds = 3600;
const longestClientId = 255;
const keptMilliseconds = 30 * 86_400_000;

/** See `start` in rehearsals.ts; the id. */
export async function start(
  dependencies: RehearsalsDependencies,
  input: RehearsalInput,
  change: Circumstances,
): Promise<string> {
  const { db, clock, audit, keys, sealingKey, mode } = dependencies;
  if (mode === 'serve') throw notInServe();
  const { variant, clientId, seconds } = checked(input);
  const made = await makeKeys(keys, variant);
  await endExpired(dependencies);
  const id = randomId(12);
  const startedAt = clock.now();
  const endsAt = startedAt + seconds * 1000;
  const sealedKeys = seal(sealingKey, toJson(made), keysContext(id));
  const publicKeys = toJson(made.map(publicPart));
  await db.transaction(async (tx) => {
    await forgetRehearsals(tx, startedAt - keptMilliseconds);
    const row = { id, variant, clientId, startedAt, endsAt, sealedKeys };
    if (!(await insertRehearsal(tx, row, publicKeys))) throw await running(tx);
    const detail = { rehearsalId: id, variant, endsAt };
    await audit.record(tx, { ...causedBy(change), clientId, event: 'key.rehearsal_started', detail });
  });
  return id;
}

/** A key for each algorithm that signs; under the kid of the one that does where the variant says so. */
async function makeKeys(keys: Keys, variant: VariantName): Promise<SigningJwk[]> {
  const { active } = await keys.signingSet();
  return Promise.all(
    Array.from(active, async ([algorithm, { kid }]) => {
      const made = await generateKey(algorithm);
      return variants[variant].kid === 'active' ? { ...made, kid } : made;
    }),
  );
}

function checked({ variant, clientId, seconds = defaultSeconds }: RehearsalInput) {
  if (!isVariant(variant)) {
    const message = `There is no such variant${suggestion(variant, variantNames) || '.'} There are: ${variantNames.join(', ')}.`;
    throw wrong('variant', message);
  }
  const isName =
    clientId === undefined || (clientId !== '' && clientId.length <= longestClientId && isStorable(clientId));
  if (!isName) throw wrong('clientId', 'must be the client_id of an app');
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > mostSeconds) {
    throw wrong('seconds', `must be a whole number from 1 to ${mostSeconds}`);
  }
  return { variant, clientId, seconds };
}

const wrong = (path: string, message: string) =>
  new PosternError('invalid', 'The rehearsal was not begun.', { fields: [{ path, message }] });

const notInServe = () =>
  new PosternError(
    'forbidden',
    'A rehearsal puts a hostile key set in the place of the real one, for everybody. People depend on this issuer, so it is refused in serve: point the app, or a copy of it, at postern dev and rehearse there.',
  );

export const absent = () =>
  new PosternError('not_found', 'There is no such rehearsal; those that ended 30 days ago are forgotten.');

async function running(tx: Db): Promise<PosternError> {
  const other = await findRunning(tx);
  const what = other
    ? `${other.variant} for ${other.clientId ?? 'every client'}, until ${new Date(other.endsAt).toISOString()}`
    : 'another one';
  return new PosternError('conflict', `A rehearsal runs already: ${what}. To end it: postern key rehearse --end`);
}

/** See `end` in rehearsals.ts. */
export async function end(dependencies: RehearsalsDependencies, id: string, change: Circumstances): Promise<void> {
  const { db, clock } = dependencies;
  await db.transaction(async (tx) => {
    const rehearsal = await findRehearsal(tx, id);
    if (!rehearsal) throw absent();
    const about = { at: Math.min(clock.now(), rehearsal.endsAt), reason: 'ended', change } as const;
    await endIn(dependencies, tx, rehearsal, about);
  });
}

/** See `endExpired` in rehearsals.ts. Several processes may ask at once; one of them records it. */
export async function endExpired(dependencies: RehearsalsDependencies): Promise<void> {
  const { db, clock } = dependencies;
  const rehearsal = await findExpired(db, clock.now());
  if (!rehearsal) return;
  const about = { at: rehearsal.endsAt, reason: 'time_limit', change: { by: { type: 'system' } } } as const;
  await db.transaction((tx) => endIn(dependencies, tx, rehearsal, about));
}

type End = { at: number; reason: 'ended' | 'time_limit'; change: Circumstances };

async function endIn(
  { audit }: RehearsalsDependencies,
  tx: Db,
  stored: StoredRehearsal,
  { at, reason, change }: End,
): Promise<void> {
  if (!(await endRehearsal(tx, stored.id, at))) return;
  const { id, variant, clientId, verdict } = resultOf(rehearsalOf(stored, at), true);
  const detail = { rehearsalId: id, variant, reason, outcome: verdict.outcome };
  await audit.record(tx, { ...causedBy(change), clientId, event: 'key.rehearsal_ended', detail });
}
