/**
 * What this browser was signed out of just now, in a sealed cookie for the pages of /logout alone, from the request that
 * ended it to the page that comes next. Nothing of it is ever in an address. Knows no page and no client.
 */
import type { Context } from 'koa';
import type { Clock } from '../../base/clock.ts';
import type { CookieRing } from '../../domain/data-keys/data-keys.ts';
import type { ToldApp } from '../../domain/deliveries/deliveries.ts';
import { cookieNames, type KeptSignOut } from '../../oidc/oidc.ts';
import { createSealedCookie } from '../own-session.ts';

/** `at`: epoch ms. `more`: how many apps there were that the cookie had no room for. */
export type LastSignOut = KeptSignOut & { apps: ToldApp[]; more: number; at: number };

type Options = { issuer: string; clock: Clock; keys: CookieRing };
export type LastSignOuts = ReturnType<typeof createLastSignOuts>;

/** Long enough to read the page in the other language, and for the next app that signs the same person out. */
const keptSeconds = 300;
/** Sealed and written as base64url it stays below the 4096 bytes that browsers take. */
const mostBytes = 2800;
/** An address to go on to may take that much of it, so that there is room for apps. */
const longestOnward = 1800;

export function createLastSignOuts({ issuer, clock, keys }: Options) {
  const secure = issuer.startsWith('https:');
  const name = cookieNames(issuer).signedOut;
  const cookie = createSealedCookie({ name, path: '/logout', sameSite: 'lax', secure, keys, seconds: keptSeconds });

  return {
    /**
     * Takes the place of what was kept before. The first apps are kept before the others; an `onward` that is too long is
     * left out. What was kept in the end.
     */
    keep(ctx: Context, { apps, left, onward }: KeptSignOut): LastSignOut {
      const goesOn = onward !== undefined && sizeOf(onward) <= longestOnward ? onward : undefined;
      const kept = withApps({ left, onward: goesOn, at: clock.now(), apps: [], more: 0 }, apps);
      if (apps.length === 0 && !goesOn) cookie.forget(ctx);
      else cookie.write(ctx, kept);
      return kept;
    },

    read(ctx: Context): LastSignOut | undefined {
      const kept = cookie.read(ctx) as LastSignOut | undefined;
      return kept && clock.now() < kept.at + keptSeconds * 1000 ? kept : undefined;
    },
  };
}

function withApps(kept: LastSignOut, apps: readonly ToldApp[]): LastSignOut {
  let free = mostBytes - sizeOf(kept);
  for (const app of apps) {
    free -= sizeOf(app) + 1;
    if (free < 0) break;
    kept.apps.push(app);
  }
  return { ...kept, more: apps.length - kept.apps.length };
}

const sizeOf = (value: object): number => Buffer.byteLength(JSON.stringify(value));
