import type { EngineMetadata } from '../domain/clients/clients.ts';
import type { PresentRehearsal } from '../domain/rehearsals/rehearsals.ts';
import { buildGeneration, type Generation } from './provider.ts';
import type { OidcDependencies } from './settings.ts';

/** What a generation was made from. */
type Made = { rehearsal: PresentRehearsal | undefined; version: string };

const clientsPerPage = 50;
/** How long clients are looked at before requests get their turn. */
const mostMilliseconds = 4;

/**
 * Holds the present generation and swaps in the next one, one swap at a time, so that an older set of keys never comes after
 * a newer one.
 */
export async function createGenerations(dependencies: OidcDependencies) {
  const { keys, cookieKeys, rehearsals, log, settings } = dependencies;
  let swapping: Promise<void> = Promise.resolve();
  let present = await build();

  async function presentVersion(): Promise<string> {
    return [await keys.version(), await rehearsals.version()].join('\n');
  }

  async function build(): Promise<Generation & Made> {
    const version = await presentVersion();
    const signingSet = await keys.signingSet();
    const rehearsal = await rehearsals.present();
    const missing = settings.keys.algorithms.filter((name) => !signingSet.active.has(name));
    // Not a reason to stay with the generation before: another key may have been taken out as compromised (J05).
    if (missing.length > 0) log.error({ algorithms: missing }, 'there is no key to sign with: see postern key status');
    return { ...buildGeneration(dependencies, signingSet, rehearsal), rehearsal, version };
  }

  async function swap(): Promise<void> {
    const next = await build();
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
    /** The same when other keys are published or sign by now (J06); and takes up what is new among the keys of cookies. */
    follow: (): Promise<void> =>
      inTurn(async () => {
        await cookieKeys.refresh();
        await rehearsals.endExpired();
        if ((await presentVersion()) !== present.version) await swap();
        await rehearsals.acknowledge(present.rehearsal);
      }),
  };
}

/**
 * A client that the next generation would not take is named in the log; the keys have changed already, whoever uses them. So
 * nothing here holds the swap up: a key may have been taken out as compromised (J05).
 */
async function reportUnusable(dependencies: OidcDependencies, next: Generation): Promise<void> {
  try {
    await validateAll(dependencies, next);
  } catch (error) {
    dependencies.log.error({ error }, 'the clients could not be validated with the present keys');
  }
}

async function validateAll({ clients, log }: OidcDependencies, { provider }: Generation): Promise<void> {
  let after: string | undefined;
  let since = performance.now();
  do {
    const page = await clients.list({ limit: clientsPerPage, after });
    for (const { id } of page.items) {
      const problem = await problemOf(provider, await clients.metadata(id));
      if (problem !== undefined) log.error({ clientId: id, problem }, 'a client cannot be used with the present keys');
      if (performance.now() - since < mostMilliseconds) continue;
      await new Promise((resolve) => setImmediate(resolve));
      since = performance.now();
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
