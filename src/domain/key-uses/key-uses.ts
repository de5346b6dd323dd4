/**
 * key-uses: who relies on a signing key, and so what breaks when it is taken out. It joins what keys and clients know. Owns
 * no table. Who has fetched which key it does not know.
 */
import type { Algorithm } from '../../base/algorithms.ts';
import type { Clock } from '../../base/clock.ts';
import { PosternError } from '../../base/errors.ts';
import { type Clients, idTokenAlgorithmOf } from '../clients/clients.ts';
import type { KeyChange, KeyInfo, KeyState, Keys } from '../keys/keys.ts';
import { type BreakKind, breaksOf, type JwtResource, type RemainsKind, remainsOf, type Told } from './breaks.ts';

export type { BreakKind, JwtResource, RemainsKind } from './breaks.ts';

type KeyUsesDependencies = {
  keys: Keys;
  clients: Pick<Clients, 'all'>;
  clock: Clock;
  resources: readonly JwtResource[];
  /** How long others may keep the key set. */
  maxAgeSeconds: number;
};

type ClientName = { id: string; name: string };

/** What happens when a key is taken out. Times are epoch ms. */
export type Revocation = {
  kid: string;
  algorithm: Algorithm;
  /** What it is before. */
  state: KeyState;
  takesOver: 'pending' | 'new' | 'nothing';
  /** What signs in its place, where that is known: a new key is made when the old one is taken out. */
  successor: string | undefined;
  /** Since when that one is published, if it is. */
  successorSince: number | undefined;
  /** Who gets ID tokens of its algorithm; the first of them by name. */
  clients: { total: number; first: ClientName[] };
  /** Those for which it signs access tokens. */
  resources: string[];
  maxAgeSeconds: number;
  breaks: Told<BreakKind>[];
  remains: Told<RemainsKind>[];
};

export type KeyUses = ReturnType<typeof createKeyUses>;

const mostNamed = 20;

/** The room. */
export function createKeyUses(dependencies: KeyUsesDependencies) {
  const { keys } = dependencies;
  return {
    /** The clients whose ID tokens are signed with that algorithm, by id; those that nobody can use are left out. */
    clientsOf: (algorithm: Algorithm): Promise<ClientName[]> => clientsOf(dependencies, algorithm),

    /** What taking that key out would break. Throws `not_found`, and `conflict` for one that is revoked already. */
    revocation: (kid: string): Promise<Revocation> => revocation(dependencies, kid),

    /**
     * Takes it out (see `revoke` in keys.ts, also for what it throws), and says what that broke. Where that cannot be said,
     * because of a client that cannot be read for example, it throws when the key is out.
     */
    async revoke(kid: string, change: KeyChange): Promise<Revocation> {
      const [expected] = await Promise.allSettled([revocation(dependencies, kid)]);
      const { successor } = await keys.revoke(kid, change);
      if (expected.status === 'rejected') throw expected.reason;
      return { ...expected.value, successor };
    },
  };
}

async function clientsOf({ clients }: KeyUsesDependencies, algorithm: Algorithm): Promise<ClientName[]> {
  return (await clients.all())
    .filter((client) => client.isUsable && idTokenAlgorithmOf(client) === algorithm)
    .map(({ id, name }) => ({ id, name }));
}

async function revocation(dependencies: KeyUsesDependencies, kid: string): Promise<Revocation> {
  const { keys, clock, maxAgeSeconds } = dependencies;
  const key = await keys.find(kid);
  if (key.isRevoked) throw new PosternError('conflict', `The key ${kid} is revoked already.`);
  const { algorithm, state } = key;
  const clients = await clientsOf(dependencies, algorithm);
  const resources = dependencies.resources.filter((resource) => resource.algorithm === algorithm);
  const takesOver = await takesOverFrom(dependencies, key);
  const pending = takesOver.kind === 'pending' ? takesOver : undefined;
  const situation = { key, takesOver, clients: clients.length, resources, maxAgeSeconds, now: clock.now() };
  return {
    ...{ kid, algorithm, state, maxAgeSeconds, takesOver: takesOver.kind },
    ...{ successor: pending?.kid, successorSince: pending?.since },
    clients: { total: clients.length, first: clients.toSorted(byName).slice(0, mostNamed) },
    resources: resources.map(({ identifier }) => identifier),
    ...{ breaks: breaksOf(situation), remains: remainsOf(situation) },
  };
}

const byName = (one: ClientName, other: ClientName): number => one.name.localeCompare(other.name, 'en');

/** Only what signs has a successor, and none where its algorithm was dropped. A pending key that is damaged will never sign (R18). */
async function takesOverFrom({ keys }: KeyUsesDependencies, { algorithm, state }: KeyInfo) {
  if (state !== 'active') return { kind: 'nothing' } as const;
  const outlook = (await keys.outlook()).find((other) => other.algorithm === algorithm);
  const pending = outlook?.keys.find((key) => key.state === 'pending' && !key.isDamaged);
  if (!outlook?.isMade) return { kind: 'nothing' } as const;
  return pending
    ? ({ kind: 'pending', kid: pending.kid, since: pending.createdAt } as const)
    : ({ kind: 'new' } as const);
}
