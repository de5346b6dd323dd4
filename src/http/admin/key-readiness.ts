/** Who is ready for a key, as pages show it. */
import type { ClientReadiness, KeyReadiness } from '../../domain/readiness/readiness.ts';
import type { ReadinessModel, ReadinessRow } from '../views.ts';
import { clientLink } from './client-rows.ts';
import type { AdminDependencies } from './dependencies.ts';

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
    hasRehearsals: false,
    unattributed: { count: unattributed.sources, lastAt: unattributed.lastAt },
  };
}

/** The same, and how each client did when keys were rehearsed; nothing more in `serve`, where they are not. */
export async function withRehearsals(
  { rehearsals, config }: Pick<AdminDependencies, 'rehearsals' | 'config'>,
  model: ReadinessModel,
): Promise<ReadinessModel> {
  if (config.mode === 'serve') return model;
  const rows = model.rows.map(async (row) => ({ ...row, rehearsal: await rehearsalOf(rehearsals, row.client.id) }));
  return { ...model, hasRehearsals: true, rows: await Promise.all(rows) };
}

async function rehearsalOf(
  { lastOf }: AdminDependencies['rehearsals'],
  clientId: string,
): Promise<ReadinessRow['rehearsal']> {
  const { passed, of, variants } = await lastOf(clientId);
  if (variants.length === 0) return undefined;
  const failed = variants.flatMap(({ variant, verdict }) => (verdict.outcome === 'failed' ? [variant] : []));
  return { passed, of, failed, at: Math.max(...variants.map(({ at }) => at)) };
}

function rowOf(client: ClientReadiness): ReadinessRow {
  const { clientId: id, name, state, fetchedAt, aliveAt, sharedWith = [] } = client;
  return {
    client: clientLink({ id, name }),
    ...{ state, kind: surenessOf(client), fetchedAt, aliveAt, others: sharedWith.slice(0, mostOthers) },
    rehearsal: undefined,
  };
}

function surenessOf({ state, how, sharedWith = [] }: ClientReadiness): ReadinessRow['kind'] {
  if (state === 'fetched' && how === 'origin') return 'fetched-pages';
  return state === 'perhaps' && sharedWith.length > 0 ? 'perhaps-shared' : state;
}
