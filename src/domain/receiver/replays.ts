/** Remembers which tokens were accepted, for as long as they could be accepted again. Times are epoch ms. */
export function createReplays() {
  const accepted = new Map<string, { at: number; until: number }>();
  let purgeAt = 1024;

  return {
    /** When the token with this `jti` was accepted, if it was. */
    acceptedAt: (jti: string): number | undefined => accepted.get(jti)?.at,

    remember(jti: string, { now, until }: { now: number; until: number }): void {
      if (accepted.size >= purgeAt) {
        for (const [old, times] of accepted) if (times.until <= now) accepted.delete(old);
        purgeAt = Math.max(purgeAt, 2 * accepted.size);
      }
      accepted.set(jti, { at: now, until });
    },
  };
}
