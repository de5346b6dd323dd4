import type { Database } from '../../db/db.ts';
import type { Codec } from './codec.ts';
import type { Payload } from './model.ts';
import type { createReading } from './reading.ts';
import * as store from './store.ts';

type Dependencies = {
  db: Database;
  codec: Codec;
  reading: ReturnType<typeof createReading>;
  /** Epoch ms, so many seconds from now. */
  expiry(seconds: number): number | null;
};

/** How a session goes on and ends while other requests of the same browser are under way (D01, D07). */
export function createSessionWriting({ db, codec, reading, expiry }: Dependencies) {
  return {
    /**
     * Writes a session that goes on, under a new id where it gets one (`from` is the id it had). False when it was ended,
     * goes on under another id, or the condition does not hold: then nothing was written, and it stays as it is.
     */
    async continueSession(
      from: string,
      id: string,
      payload: Payload,
      expiresInSeconds: number,
      condition?: store.Condition,
    ): Promise<boolean> {
      const mark = reading.mark();
      const row = codec.encode('Session', id, payload, expiry(expiresInSeconds));
      const isThere = await store.moveRecord(db, codec.keyOf('Session', from), row, condition);
      if (isThere) reading.remember('Session', id, payload, mark);
      if (!isThere || from !== id) reading.forget('Session', from);
      return isThere;
    },

    /** Ends a session, under whatever id it goes on. */
    async endSession(uid: string): Promise<void> {
      await store.removeByUid(db, codec.keyOf('uid', uid)).finally(reading.forgetAll);
    },
  };
}
