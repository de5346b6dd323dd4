/**
 * Argon2id behind a gate: only so many hashes at once, a short queue, an even shorter one per address. The only file
 * that knows the library. It does not know accounts, names or policy.
 */
import { randomBytes } from 'node:crypto';
import { PosternError } from '../../base/errors.ts';

export type PasswordSettings = {
  /** Argon2 m in KiB, t and p. */
  memoryKib: number;
  iterations: number;
  parallelism: number;
  /** How many are hashed at once. */
  concurrency: number;
  /** How many may wait for their turn, in all and per address, and for how long. */
  queue: number;
  maxQueuedPerAddress: number;
  maxWaitSeconds: number;
  /** Least length of a new password in characters. */
  minimumLength: number;
};

/** No password may be longer, in characters: enough for any phrase, and a bound on the work per try. */
export const longestPassword = 256;

export type Passwords = ReturnType<typeof createPasswords>;

/**
 * `hash` and `verify` throw `unavailable` (retry after 2 s) when the queue is full or the wait too long. `address` is the
 * part of the caller's address that counts as one (its prefix). The library is loaded by the first use.
 */
export function createPasswords(settings: PasswordSettings) {
  const { memoryKib: memoryCost, iterations: timeCost, parallelism } = settings;
  const gate = createGate(settings.concurrency, settings);
  const current = `m=${memoryCost},t=${timeCost},p=${parallelism}`;
  const unpadded = (bytes: number) => randomBytes(bytes).toString('base64').replace(/=+$/, '');
  // Well formed, with today's cost, and of no password: checking against it takes as long as against a real one.
  const dummy = `$argon2id$v=19$${current}$${unpadded(16)}$${unpadded(32)}`;
  let verifications = 0;

  return {
    /** The password as a PHC string with the current cost and a fresh salt. */
    async hash(password: string, address?: string): Promise<string> {
      const argon2 = await import('@node-rs/argon2');
      return gate(address, () => argon2.hash(prepare(password), { memoryCost, timeCost, parallelism }));
    },

    /**
     * Whether the password is that of the PHC string. Without one (unknown account, no password) it does the same work
     * and says no, and so it does for a password that is too long to be anybody's.
     */
    async verify(phc: string | undefined, password: string, address?: string): Promise<boolean> {
      const argon2 = await import('@node-rs/argon2');
      const tooLong = characters(password) > longestPassword;
      return gate(address, async () => {
        verifications++;
        const matches = await argon2.verify(phc ?? dummy, tooLong ? '' : prepare(password));
        return matches && !tooLong && phc !== undefined;
      });
    },

    /** True when the PHC string was made with another cost or variant than today's. */
    needsRehash: (phc: string): boolean => !phc.startsWith(`$argon2id$v=19$${current}$`),

    /** How often argon2 has checked a password in this process. */
    verifications: (): number => verifications,
  };
}

/** The cost part of a PHC string (`m=19456,t=2,p=1`), to be shown; never the salt or hash. */
export function costOf(phc: string): string {
  return /^\$argon2(?:id|i|d)\$(?:v=\d+\$)?(m=\d+,t=\d+,p=\d+)\$/.exec(phc)?.[1] ?? 'unknown';
}

/** True for an argon2 hash in PHC form, as `passwordHash` of an imported account. */
export const isPhcString = (text: string): boolean =>
  /^\$argon2(id|i|d)\$(v=\d+\$)?m=\d+,t=\d+,p=\d+\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+$/.test(text);

/**
 * The password in the one form that is hashed: other spaces become U+0020, then NFC (RFC 8265 §4.2.2, OpaqueString), so
 * that two keyboards that compose "é" differently give the same password. Case and width stay as they are.
 */
export const prepare = (password: string): string => password.replace(/\p{Zs}/gu, ' ').normalize('NFC');

/** Length in characters (code points) of the form that is hashed. */
export const characters = (password: string): number => Array.from(prepare(password)).length;

type Turn = { address: string | undefined; start: () => void };

/** Lets `places` run at once and the rest wait in order; see `PasswordSettings` for the bounds. */
function createGate(places: number, settings: PasswordSettings) {
  let running = 0;
  const waiting: Turn[] = [];

  const wait = (address: string | undefined) =>
    new Promise<void>((start, refuse) => {
      const turn: Turn = {
        address,
        start: () => {
          clearTimeout(timer);
          start();
        },
      };
      const timer = setTimeout(() => {
        waiting.splice(waiting.indexOf(turn), 1);
        refuse(busy());
      }, settings.maxWaitSeconds * 1000);
      waiting.push(turn);
    });

  return async <Result>(address: string | undefined, work: () => Promise<Result>): Promise<Result> => {
    if (running < places) running++;
    else {
      const queuedHere = waiting.filter((turn) => address !== undefined && turn.address === address).length;
      if (waiting.length >= settings.queue || queuedHere >= settings.maxQueuedPerAddress) throw busy();
      await wait(address);
    }
    try {
      return await work();
    } finally {
      // The place is handed on, not given up: nobody who comes in between can take it from the one who waited.
      const next = waiting.shift();
      if (next) next.start();
      else running--;
    }
  };
}

const busy = () =>
  new PosternError('unavailable', 'Too many people are signing in at this moment. Try again in a few seconds.', {
    retryAfterSeconds: 2,
  });
