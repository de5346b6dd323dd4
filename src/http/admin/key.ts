import { PosternError } from '../../base/errors.ts';
import type { Revocation } from '../../domain/key-uses/key-uses.ts';
import { type KeyInfo, keyFile, type Outlook } from '../../domain/keys/keys.ts';
import type { DoorPage } from '../door-page.ts';
import type { Problem } from '../errors.ts';
import type { DoorRoute, Visit } from '../own-door.ts';
import type { RevocationModel } from '../views.ts';
import { clientLink } from './client-rows.ts';
import type { AdminDependencies } from './dependencies.ts';
import { change, look } from './frame.ts';
import { draw, lookOf } from './key-lanes.ts';
import { readinessModel, withRehearsals } from './key-readiness.ts';
import { changeOf, nextKey } from './keys.ts';
import { keyPath } from './rows.ts';

const path = '/admin/keys/:kid';

/** One key: its life, its public part, and the two things that can be done to it. */
export function keyPages(dependencies: AdminDependencies, page: DoorPage): DoorRoute[] {
  const { keys, keyUses } = dependencies;
  const again = (visit: Visit, problem?: Problem) => show(dependencies, page, visit, problem);
  return [
    look(path, (visit) => show(dependencies, page, visit)),
    change(`${path}/activate`, { events: ['key.activated'], page: path, again }, async (visit) => {
      const { kid = '' } = visit.ctx.params;
      await keys.activate(kid, changeOf(visit));
      visit.done(keyPath(kid), 'key-activated');
    }),
    change(`${path}/revoke`, { events: ['key.revoked'], page: path, again }, async (visit) => {
      const { kid = '' } = visit.ctx.params;
      await keyUses.revoke(kid, { ...visit.circumstances, reason: typedReason(visit) });
      visit.done(keyPath(kid), 'key-revoked');
    }),
  ];
}

/** To type it is to mean it: there is no way back. */
function typedReason({ form }: Visit): string {
  const reason = form.reason?.trim();
  if (reason) return reason;
  const fields = [{ path: 'reason', message: 'say why: it stands in the audit log' }];
  throw new PosternError('invalid', 'The key was not taken out.', { fields });
}

async function show(dependencies: AdminDependencies, page: DoorPage, visit: Visit, problem?: Problem): Promise<void> {
  const { keys, keyUses, readiness } = dependencies;
  const key = await keys.find(visit.ctx.params.kid ?? '');
  const { kid, state } = key;
  const outlooks = await keys.outlook();
  const ready = state === 'active' ? await readiness.of(kid) : undefined;
  const next = state === 'pending' && !key.isDamaged ? await nextKey(dependencies, outlooks, kid) : undefined;
  const model = {
    key: factsOf(key),
    life: lifeOf(dependencies, outlooks, kid),
    next: next && { ...next, readiness: await withRehearsals(dependencies, next.readiness) },
    readiness: ready && (await withRehearsals(dependencies, readinessModel(ready))),
    files: await filesOf(dependencies, kid),
    revocation: key.isRevoked ? undefined : revocationModel(await keyUses.revocation(kid), visit),
  };
  page(visit, 'admin/key', model, problem);
}

function factsOf(key: KeyInfo) {
  const { kid, algorithm, createdAt, activatesAt, waitsUntil, activatedAt } = key;
  const { retiresAt, retiredAt, removesAt, removedAt } = key;
  const times = { createdAt, activatesAt, waitsUntil, activatedAt, retiresAt, retiredAt, removesAt, removedAt };
  return { kid, algorithm, href: keyPath(kid), state: lookOf(key), ...times };
}

/** Its lane alone, on an axis that spans its own algorithm. */
function lifeOf({ clock }: AdminDependencies, outlooks: readonly Outlook[], kid: string) {
  const own = outlooks.filter(({ keys }) => keys.some((key) => key.kid === kid));
  const { axis, lanes } = draw(own, clock.now(), new Map());
  const lane = lanes.find((candidate) => candidate.kid === kid);
  return lane && { axis, lane };
}

async function filesOf({ keys }: AdminDependencies, kid: string) {
  const jwk = (await keys.published()).find((candidate) => candidate.kid === kid);
  if (!jwk) return undefined;
  const href = `/jwks/${encodeURIComponent(kid)}`;
  return { pem: keyFile(jwk, 'pem'), jwk: keyFile(jwk, 'jwk'), pemHref: `${href}.pem`, jwkHref: `${href}.json` };
}

function revocationModel(revocation: Revocation, { form }: Visit): RevocationModel {
  const { state, takesOver: kind, successor: kid, successorSince, clients, resources, maxAgeSeconds } = revocation;
  return {
    ...{ state, kind, resources, maxAgeSeconds, total: clients.total, reason: form.reason ?? '' },
    next: kid === undefined ? undefined : { kid, href: keyPath(kid), since: successorSince ?? 0 },
    clients: clients.first.map(clientLink),
    clientsMore: clients.total - clients.first.length,
    breaks: revocation.breaks.map((told) => ({ kind: told.kind })),
    remains: revocation.remains.map((told) => ({ kind: told.kind })),
  };
}
