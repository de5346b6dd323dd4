/** The readiness room over one database with its neighbours and a clock that is wound by hand; several are several nodes. */
import type { Database } from '../../src/db/db.ts';
import { createReadiness, type KeyReadiness, type SignedResource } from '../../src/domain/readiness/readiness.ts';
import { openRoom } from '../domain/clients/room.ts';
import { hourly, keyRoom, type ManualClock } from './key-room.ts';

type Options = { clock?: ManualClock; resources?: readonly SignedResource[]; wait?: number };
const by = { by: { type: 'operator' } } as const;

export function readinessRoom(db: Database, { clock, resources = [], wait }: Options = {}) {
  const policy = { ...hourly, waitSeconds: wait };
  const room = keyRoom(db, { policy, of: ['RS256', 'ES256'], ...(clock && { clock }) });
  const { clients } = openRoom(db, { clock: room.clock });
  const readiness = createReadiness({ db, clock: room.clock, keys: room.keys, clients, resources });

  return {
    ...{ ...room, clients, readiness },

    /** Registers a web app of that id, unless told otherwise. */
    add: (id: string, changes: Record<string, unknown> = {}) =>
      clients.create({ id, kind: 'web', redirectUris: [`https://${id}.example/cb`], ...changes }, by),

    /** The key that waits to sign, published now. */
    publish: async (algorithm: 'RS256' | 'ES256' = 'RS256') => (await room.keys.rotate(algorithm, by)).kid,

    /** Somebody at that address, or a page of that origin, gets the present key set. */
    async fetch(address: string, origin?: string): Promise<void> {
      const kids = (await room.keys.signingSet()).keys.map(({ kid }) => kid);
      readiness.noteFetch({ address, origin, kids });
    },

    states: async (kid: string) => statesOf(await readiness.of(kid)),
    row: async (kid: string, id: string) => (await readiness.of(kid)).clients.find(({ clientId }) => clientId === id),
  };
}

/** Client → state, in the order in which they are listed. */
export const statesOf = ({ clients }: KeyReadiness): Record<string, string> =>
  Object.fromEntries(clients.map(({ clientId, state }) => [clientId, state]));
