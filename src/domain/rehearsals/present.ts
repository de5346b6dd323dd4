/** What there is to play, for whoever signs and serves the key set. */
import { isPosternError } from '../../base/errors.ts';
import { open } from '../../base/vault.ts';
import { fromJson } from '../../db/columns.ts';
import type { PublicJwk, SigningJwk } from '../keys/keys.ts';
import { endExpired } from './life.ts';
import { addStep, findLatest, latestPublicKeys } from './store.ts';
import { keysContext, type RehearsalsDependencies } from './tools.ts';
import type { VariantName } from './variants.ts';

/**
 * The rehearsal that runs; or (`isOn` false, no `keys`) the one that has just ended, whose client is still watched: whether
 * it signs people in now that all is as before. `endsAt`: when it ends by itself (epoch ms).
 */
export type PresentRehearsal = {
  id: string;
  variant: VariantName;
  clientId: string | undefined;
  isOn: boolean;
  endsAt: number;
  /** With the kids that the headers name. */
  keys: readonly SigningJwk[];
};

type Latest = NonNullable<Awaited<ReturnType<typeof findLatest>>>;

/** As long as common libraries keep a key set, after which a client has to be as it was. */
const watchedMilliseconds = 15 * 60_000;

/** Tokens of that many rehearsals are recognized when a client signs out with them. */
const mostRemembered = 20;

export function createPresent(dependencies: RehearsalsDependencies) {
  const { db, clock, sealingKey, mode } = dependencies;
  let acknowledged = '';

  async function latest() {
    if (mode === 'serve') return undefined;
    const stored = await findLatest(db);
    const now = clock.now();
    return stored && now < (stored.endedAt ?? stored.endsAt) + watchedMilliseconds ? stored : undefined;
  }

  const isRunning = ({ endedAt, endsAt }: Latest): boolean => endedAt === undefined && clock.now() < endsAt;

  return {
    /** Ends the one whose time is over, for the log; nobody obeys it any more anyway. */
    endExpired: async (): Promise<void> => (mode === 'serve' ? undefined : endExpired(dependencies)),

    /** What has signed in the latest rehearsals, each set on its own. None in `serve`. */
    pastKeys: async (): Promise<PublicJwk[][]> => (mode === 'serve' ? [] : latestPublicKeys(db, mostRemembered)),

    /** Changes with what `present` answers; empty where nothing is played. Nothing is asked for in `serve`. */
    async version(): Promise<string> {
      const stored = await latest();
      return stored ? `${isRunning(stored) ? 'rehearsal' : 'rehearsed'} ${stored.id}` : '';
    },

    /** One whose keys can't be opened is not played. Never one in `serve`. */
    async present(): Promise<PresentRehearsal | undefined> {
      const stored = await latest();
      if (!stored) return undefined;
      const { id, variant, clientId, endsAt } = stored;
      const keys = isRunning(stored) ? openKeys(stored) : [];
      return { ...{ id, variant, clientId, endsAt, keys }, isOn: keys.length > 0 };
    },

    /** Notes, once, that a server has taken up its beginning or its end: from then on clients see it. */
    async acknowledge(present: Pick<PresentRehearsal, 'id' | 'isOn'> | undefined): Promise<void> {
      const mark = present ? `${present.id} ${present.isOn}` : '';
      if (mark === acknowledged) return;
      acknowledged = mark;
      if (present) await addStep(db, present.id, { kind: present.isOn ? 'played' : 'restored' }, clock.now());
    },
  };

  function openKeys({ id, sealedKeys }: Latest): SigningJwk[] {
    try {
      return fromJson<SigningJwk[]>(open(sealingKey, sealedKeys, keysContext(id)).toString());
    } catch (error) {
      if (isPosternError(error)) return [];
      throw error;
    }
  }
}
