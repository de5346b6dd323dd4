/** Who is ready for a key, as pages show it. */
import type { ClientReadiness, KeyReadiness } from '../../domain/readiness/readiness.ts';
import type { ReadinessModel, ReadinessRow } from '../views.ts';
import { clientLink } from './client-rows.ts';

const mostRows = 100;
const mostOthers = 5;

export function readinessModel({
  ready,
  total,
  idle,
  clients,
  unattributed,
  unseenResources,
}: KeyReadiness): ReadinessModel {
  return {
    ...{ ready, total, idle, unseen: unseenResources },
    rows: clients.slice(0, mostRows).map(rowOf),
    more: Math.max(0, clients.length - mostRows),
    unattributed: { count: unattributed.sources, lastAt: unattributed.lastAt },
  };
}

function rowOf(client: ClientReadiness): ReadinessRow {
  const { clientId: id, name, state, fetchedAt, aliveAt, sharedWith = [] } = client;
  return {
    client: clientLink({ id, name }),
    ...{ state, kind: surenessOf(client), fetchedAt, aliveAt, others: sharedWith.slice(0, mostOthers) },
  };
}

function surenessOf({ state, how, sharedWith = [] }: ClientReadiness): ReadinessRow['kind'] {
  if (state === 'fetched' && how === 'origin') return 'fetched-pages';
  return state === 'perhaps' && sharedWith.length > 0 ? 'perhaps-shared' : state;
}
