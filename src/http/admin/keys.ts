import { type KeyInfo, keyStates, type Outlook } from '../../domain/keys/keys.ts';
import type { DoorPage } from '../door-page.ts';
import type { Problem } from '../errors.ts';
import type { DoorRoute, Visit } from '../own-door.ts';
import type { NextKey } from '../views.ts';
import type { AdminDependencies } from './dependencies.ts';
import { change, look } from './frame.ts';
import { draw, lookOf } from './key-lanes.ts';
import { readinessModel } from './key-readiness.ts';
import { keyPath } from './rows.ts';

const path = '/admin/keys';
const mostRemoved = 20;

/** All keys on one axis of time, the next ones, and the forms that make one. */
export function keysPages(dependencies: AdminDependencies, page: DoorPage): DoorRoute[] {
  const { keys, cookieKeys } = dependencies;
  const again = (visit: Visit, problem?: Problem) => list(dependencies, page, visit, problem);
  return [
    look(path, (visit) => list(dependencies, page, visit)),
    change(`${path}/publish`, { events: ['key.published', 'key.activated'], page: path, again }, async (visit) => {
      const rotated = await keys.rotate(visit.form.algorithm as KeyInfo['algorithm'], changeOf(visit));
      const word = rotated.activatesAt === undefined ? 'key-activated' : 'key-published';
      visit.done(path, rotated.isNew ? word : 'key-on-its-way');
    }),
    change(`${path}/cookies`, { events: ['key.cookie_created'], page: path, again }, async (visit) => {
      await cookieKeys.rotate(changeOf(visit));
      visit.done(path, 'cookie-key-made');
    }),
  ];
}

/** Who asks for it, and why; nobody has to say. */
export const changeOf = ({ circumstances, form }: Visit) => ({
  ...circumstances,
  reason: form.reason?.trim() || undefined,
});

async function list(dependencies: AdminDependencies, page: DoorPage, visit: Visit, problem?: Problem): Promise<void> {
  const { keys, keyUses, clock, config, cookieKeys } = dependencies;
  const [outlooks, all] = await Promise.all([keys.outlook(), keys.list()]);
  const counts = outlooks.map(
    async ({ algorithm }) => [algorithm, (await keyUses.clientsOf(algorithm)).length] as const,
  );
  const [newest, ...older] = cookieKeys.list();
  const cookiesSince = newest?.createdAt ?? clock.now();
  const removed = removedOf(all);
  const { algorithm = '', reason = '' } = visit.form;
  const model = {
    ...draw(outlooks, clock.now(), new Map(await Promise.all(counts))),
    next: await Promise.all(pendingOf(outlooks).map(({ kid }) => nextKey(dependencies, outlooks, kid))),
    choices: outlooks
      .filter(({ isMade, keys: own }) => isMade && !own.some(({ state }) => state === 'pending'))
      .map(({ algorithm: name, publishAheadSeconds: aheadSeconds }) => ({ algorithm: name, aheadSeconds })),
    fields: { algorithm, reason },
    cookies: {
      ...{ createdAt: cookiesSince, renewsAt: cookiesSince + config.keys.cookieSeconds * 1000, older: older.length },
    },
    removed: removed.slice(0, mostRemoved),
    removedMore: Math.max(0, removed.length - mostRemoved),
  };
  page(visit, 'admin/keys', model, problem);
}

const pendingOf = (outlooks: readonly Outlook[]) =>
  outlooks.flatMap(({ keys }) => keys.filter(({ state, isDamaged }) => state === 'pending' && !isDamaged));

/** A pending key with what its early use would mean. */
export async function nextKey(
  { readiness, config }: Pick<AdminDependencies, 'readiness' | 'config'>,
  outlooks: readonly Outlook[],
  kid: string,
): Promise<NextKey> {
  const outlook = outlooks.find(({ keys }) => keys.some((key) => key.kid === kid));
  const step = outlook?.steps.find((candidate) => 'kid' in candidate && candidate.kid === kid);
  const { algorithm = '', createdAt = 0, waitsUntil } = outlook?.keys.find((key) => key.kid === kid) ?? {};
  return {
    ...{ kid, algorithm, href: keyPath(kid), createdAt, maxAgeSeconds: config.keys.maxAgeSeconds },
    activatesAt: step?.at ?? createdAt,
    waitsUntil: step?.kind === 'wait' ? step.until : undefined,
    isWaiting: waitsUntil !== undefined,
    readiness: readinessModel(await readiness.of(kid)),
  };
}

/** The last ones first. */
function removedOf(keys: readonly KeyInfo[]) {
  return keys
    .filter(({ state }) => state === keyStates.at(-1))
    .map((key) => {
      const { kid, algorithm, createdAt, removedAt: at = createdAt } = key;
      return { kid, algorithm, href: keyPath(kid), state: lookOf(key), at };
    })
    .sort((one, other) => other.at - one.at);
}
