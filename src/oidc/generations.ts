import type { EngineMetadata } from '../domain/clients/clients.ts';
import type { SigningSet } from '../domain/keys/keys.ts';
import type { PresentRehearsal } from '../domain/rehearsals/rehearsals.ts';
import { buildGeneration, type Generation } from './provider.ts';
import type { OidcDependencies } from './settings.ts';

/** What a generation was made from. */
type Made = { signingSet: SigningSet; rehearsal: PresentRehearsal | undefined; version: string };

export type Generations = Awaited<ReturnType<typeof createGenerations>>;

/** So many clients are looked at before requests get their turn. */
const clientsAtOnce = 20;
const clientsPerPage = 200;

/**
 * Holds the present generation and swaps in the next one, one swap at a time, so that an older set of keys never comes after
 * a newer one.
 */
export async function createGenerations(dependencies: OidcDependencies) {
  const { keys, cookieKeys, rehearsals, log, settings } = dependencies;
  let swapping: Promise<void> = Promise.resolve();
  let present = await build();
  let refused = '';

  async function presentVersion(): Promise<string> {
    return [await keys.version(), cookieKeys.version(), await rehearsals.version()].join('\n');
  }

  async function build(): Promise<Generation & Made> {
    const version = await presentVersion();
    const signingSet = await keys.signingSet();
    const rehearsal = await rehearsals.present();
    return { ...buildGeneration(dependencies, signingSet, rehearsal), signingSet, rehearsal, version };
  }

  async function swap(): Promise<void> {
    const next = await build();
    const lost = settings.keys.algorithms.filter(
      (name) => present.signingSet.active.has(name) && !next.signingSet.active.has(name),
    );
    // What signs is damaged in the database but not here: to go on with it is better than to sign nothing (R18).
    if (lost.length > 0) {
      if (refused !== next.version)
        log.error({ algorithms: lost }, 'no key to sign with can be opened: see postern key status');
      refused = next.version;
      return;
    }
    await reportUnusable(dependencies, next);
    present = next;
  }

  /** After whatever swap is under way; one that failed does not keep the next from being tried. */
  function inTurn(work: () => Promise<void>): Promise<void> {
    const turn = swapping.then(work);
    swapping = turn.catch(() => undefined);
    return turn;
  }

  return {
    current: (): Generation => present,
    /** Builds the next generation from the present keys and swaps it in; requests in flight finish on the old one. */
    refresh: (): Promise<void> => inTurn(swap),
    /** The same when the keys in the database are others than those of the present generation (J06). */
    follow: (): Promise<void> =>
      inTurn(async () => {
        await cookieKeys.refresh();
        await rehearsals.endExpired();
        if ((await presentVersion()) !== present.version) await swap();
        await rehearsals.acknowledge(present.rehearsal);
      }),
  };
}

/** A client that the next generation would not take is named in the log; the keys have changed already, whoever uses them. */
async function reportUnusable({ clients, log }: OidcDependencies, { provider }: Generation): Promise<void> {
  let after: string | undefined;
  do {
    const page = await clients.list({ limit: clientsPerPage, after });
    for (const [index, { id }] of page.items.entries()) {
      const problem = await problemOf(provider, await clients.metadata(id));
      if (problem !== undefined) log.error({ clientId: id, problem }, 'a client cannot be used with the present keys');
      if (index % clientsAtOnce === clientsAtOnce - 1) await new Promise((resolve) => setImmediate(resolve));
    }
    after = page.next;
  } while (after !== undefined);
}

async function problemOf(
  { Client }: Generation['provider'],
  metadata: EngineMetadata | undefined,
): Promise<string | undefined> {
  try {
    if (metadata) await Client.validate(metadata);
    return undefined;
  } catch (error) {
    return (error as { error_description?: string }).error_description ?? String(error);
  }
}
