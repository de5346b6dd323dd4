/** The keys room over one database, with a clock that is wound by hand: what the tests of its life stand on. */
import { createSecretKey } from 'node:crypto';
import { type Clock, createManualClock } from '../../src/base/clock.ts';
import type { Database } from '../../src/db/db.ts';
import { createAudit } from '../../src/domain/audit/audit.ts';
import { type Algorithm, algorithms, createKeys, type LifePolicy } from '../../src/domain/keys/keys.ts';

export type ManualClock = ReturnType<typeof createManualClock>;
export const sealingKey = createSecretKey(Buffer.alloc(32, 7));
export const hourly: LifePolicy = {
  publishAheadSeconds: 3600,
  activeSeconds: 90 * 86_400,
  retiringSeconds: 30 * 86_400,
};
export const atOnce: LifePolicy = { ...hourly, publishAheadSeconds: 0 };

type Options<Time> = { policy?: LifePolicy; of?: readonly Algorithm[]; clock?: Time };

export function keyRoom<Time extends Clock = ManualClock>(db: Database, options: Options<Time> = {}) {
  const { policy = hourly, of = algorithms, clock = createManualClock() as Clock as Time } = options;
  const audit = createAudit({ clock });
  const keys = createKeys({ db, clock, audit, sealingKey, algorithms: of, policyOf: () => policy });
  return {
    ...{ keys, clock, audit },
    /** What the log says of keys, the oldest first. */
    events: async () => (await audit.list(db, { limit: 500, event: 'key.' })).items.toReversed(),
    /** The states of the keys of one algorithm, the youngest first. */
    states: async (algorithm: Algorithm) =>
      (await keys.list()).filter((key) => key.algorithm === algorithm).map(({ state }) => state),
    active: async (algorithm: Algorithm) => (await keys.signingSet()).active.get(algorithm)?.kid ?? '',
  };
}
