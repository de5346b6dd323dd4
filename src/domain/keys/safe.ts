import type { KeyObject } from 'node:crypto';
import { isPosternError } from '../../base/errors.ts';
import { open, seal } from '../../base/vault.ts';
import { fromJson, toJson } from '../../db/columns.ts';
import type { Database } from '../../db/db.ts';
import type { Audit } from '../audit/audit.ts';
import { type PublicJwk, publicPart, type SigningJwk } from './generate.ts';
import type { StoredKey } from './store.ts';

type Sealed = Pick<StoredKey, 'kid' | 'sealedJwk' | 'publicJwk'>;

/** Private keys at rest: sealed, and tied to their row, so that one that was moved to another does not open (N02). */
export function createSafe({ db, audit, sealingKey }: { db: Database; audit: Audit; sealingKey: KeyObject }) {
  const contextOf = (kid: string) => `keys|${kid}|jwk`;
  const noted = new Set<string>();
  /** By kid, what of the published keys this process has opened last. */
  let opened = new Map<string, SigningJwk>();

  /** Undefined when it can't be opened. */
  function openKey({ kid, sealedJwk }: Sealed): SigningJwk | undefined {
    try {
      return fromJson<SigningJwk>(open(sealingKey, sealedJwk, contextOf(kid)).toString());
    } catch (error) {
      if (isPosternError(error)) return undefined;
      throw error;
    }
  }

  return {
    open: openKey,

    /**
     * Those that can be opened, and those that could be and were changed in the database since: to go on with what this
     * process has in memory is better than to sign nothing (R18). All others are forgotten: also in memory the private part
     * of a key that is not published any more is gone.
     */
    openAll<Key extends Sealed>(keys: readonly Key[]): { opened: ReadonlyMap<string, SigningJwk>; damaged: Key[] } {
      const next = new Map<string, SigningJwk>();
      const damaged: Key[] = [];
      for (const key of keys) {
        const found = openKey(key);
        if (found === undefined) damaged.push(key);
        const jwk = found ?? opened.get(key.kid);
        if (jwk) next.set(key.kid, jwk);
      }
      opened = next;
      return { opened, damaged };
    },

    seal: (jwk: SigningJwk): { sealedJwk: Buffer; publicJwk: string } => ({
      sealedJwk: seal(sealingKey, toJson(jwk), contextOf(jwk.kid)),
      publicJwk: toJson(publicPart(jwk)),
    }),

    /** The public part; of a key from before it was kept, that of the private one. */
    publicOf(key: Sealed): PublicJwk | undefined {
      if (key.publicJwk !== undefined) return fromJson<PublicJwk>(key.publicJwk);
      const jwk = openKey(key);
      return jwk && publicPart(jwk);
    },

    /** Once in the life of the process for each key: whoever reads the log has to hear of it, not drown in it. */
    async noteDamage({ kid, sealedJwk }: Sealed): Promise<void> {
      const mark = `${kid} ${sealedJwk.toString('base64')}`;
      if (noted.has(mark)) return;
      noted.add(mark);
      const detail = { table: 'keys', reason: `the private part of ${kid} cannot be opened` };
      await audit.record(db, { actor: { type: 'system' }, event: 'record.unreadable', detail });
    },
  };
}
export type Safe = ReturnType<typeof createSafe>;
