/**
 * Sessions of our own doors (/admin, /account): a sealed cookie that says who signed in when. The cookie alone is worth
 * nothing: with each request the issuer's session it came from must be alive and the account enabled, so ending that
 * session ends this one. Stores nothing. Knows no page, no role and no protocol.
 */
import type { KeyObject } from 'node:crypto';
import type { Context } from 'koa';
import type { Clock } from '../base/clock.ts';
import { randomId } from '../base/ids.ts';
import { deriveKey, open, seal } from '../base/vault.ts';
import type { Account, Accounts } from '../domain/accounts/accounts.ts';
import type { CookieRing } from '../domain/data-keys/data-keys.ts';

/** Times are epoch ms. `id` is a secret of this browser; form tokens are bound to it. `uid` is the issuer's session. */
export type OwnSession = {
  id: string;
  uid: string;
  accountId: string;
  authAt: number;
  startedAt: number;
  seenAt: number;
};

/** Who came back from a sign-in. `authTime` is epoch ms. */
export type SignedIn = { accountId: string; authTime: number; sessionUid: string };

type Options = {
  cookie: CookieJar;
  clock: Clock;
  accounts: Accounts;
  sessionIsAlive(uid: string, accountId: string): Promise<boolean>;
  /** How long it lasts unused, and in all; without them as long as the issuer's session. */
  idleSeconds?: number;
  sessionSeconds?: number;
};
export type OwnSessions = ReturnType<typeof createOwnSessions>;

/** A cookie is written again when it was last written so long ago: not with every request. */
const touchEveryMs = 60_000;

export function createOwnSessions({ cookie, clock, accounts, sessionIsAlive, ...limits }: Options) {
  const idleMs = (limits.idleSeconds ?? Infinity) * 1000;
  const sessionMs = (limits.sessionSeconds ?? Infinity) * 1000;
  const isOver = ({ seenAt, startedAt }: OwnSession, now: number): boolean =>
    now >= seenAt + idleMs || now >= startedAt + sessionMs;

  return {
    /** The session of this browser and its account, while all of it still holds; undefined else. Keeps it in use. */
    async current(ctx: Context): Promise<{ session: OwnSession; account: Account } | undefined> {
      const session = cookie.read(ctx) as OwnSession | undefined;
      const now = clock.now();
      if (!session || isOver(session, now)) return undefined;
      const [account, isAlive] = await Promise.all([
        accounts.find(session.accountId),
        sessionIsAlive(session.uid, session.accountId),
      ]);
      if (!account || account.disabled || !isAlive) return undefined;
      if (now - session.seenAt > touchEveryMs) cookie.write(ctx, { ...session, seenAt: now });
      return { session, account };
    },

    /** Begins one after a sign-in. The same person again keeps the id, so that forms in other tabs stay good. */
    start(ctx: Context, { accountId, authTime, sessionUid }: SignedIn): void {
      const now = clock.now();
      const before = cookie.read(ctx) as OwnSession | undefined;
      const goesOn = before?.accountId === accountId && before.uid === sessionUid && !isOver(before, now);
      const { id, startedAt } = goesOn ? before : { id: randomId(16), startedAt: now };
      cookie.write(ctx, { id, uid: sessionUid, accountId, authAt: authTime, startedAt, seenAt: now });
    },

    end: (ctx: Context): void => cookie.forget(ctx),

    /** Whether there may be one that this request does not show: browsers leave a strict cookie out of what another site begins. */
    mayBeHidden: (ctx: Context): boolean =>
      cookie.sameSite === 'strict' && /^(cross|same)-site$/.test(ctx.get('Sec-Fetch-Site')),
  };
}

type CookieOptions = {
  name: string;
  path: string;
  sameSite: 'strict' | 'lax';
  secure: boolean;
  keys: Pick<CookieRing, 'newest' | 'all'>;
  /** Kept that long; without it until the browser is closed. */
  seconds?: number;
};
export type CookieJar = ReturnType<typeof createSealedCookie>;

/** A cookie that only this installation can write and read: JSON under AES-256-GCM, bound to its name. */
export function createSealedCookie({ name, keys, seconds, ...attributes }: CookieOptions) {
  const options = { ...attributes, httpOnly: true, signed: false, overwrite: true } as const;
  const nameOf = (suffix: string) => (suffix === '' ? name : `${name}-${suffix}`);
  return {
    sameSite: attributes.sameSite,
    /** What was written; undefined when there is none, or none of ours. */
    read(ctx: Context, suffix = ''): unknown {
      const value = ctx.cookies.get(nameOf(suffix), { signed: false });
      if (value === undefined) return undefined;
      for (const key of keys.all()) {
        try {
          return JSON.parse(open(sealingKeyOf(key), Buffer.from(value, 'base64url'), name).toString());
        } catch {
          // Of another key, or of nobody's.
        }
      }
      return undefined;
    },
    write(ctx: Context, value: unknown, suffix = ''): void {
      const sealed = seal(sealingKeyOf(keys.newest()), JSON.stringify(value), name).toString('base64url');
      const maxAge = seconds === undefined ? {} : { maxAge: seconds * 1000 };
      ctx.cookies.set(nameOf(suffix), sealed, { ...options, ...maxAge });
    },
    forget: (ctx: Context, suffix = ''): void => void ctx.cookies.set(nameOf(suffix), null, options),
    /** The suffixes under which this browser keeps one, the oldest first (RFC 6265 §5.4). */
    suffixes(ctx: Context): string[] {
      const names = ctx
        .get('Cookie')
        .split(';')
        .map((pair) => pair.split('=', 1)[0]?.trim() ?? '');
      return names
        .filter((one) => one.startsWith(`${name}-`) && /^[\w-]+$/.test(one))
        .map((one) => one.slice(name.length + 1));
    },
  };
}

const sealingKeys = new WeakMap<KeyObject, KeyObject>();

/** The engine signs its cookies with the key of the ring; ours are sealed under one that is derived from it. */
function sealingKeyOf(master: KeyObject): KeyObject {
  const known = sealingKeys.get(master);
  if (known) return known;
  const derived = deriveKey(master, 'cookies of the own pages');
  sealingKeys.set(master, derived);
  return derived;
}
