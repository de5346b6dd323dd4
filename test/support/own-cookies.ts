/** Lets a real browser go on as somebody who signed in without one. */
import type { BrowserContextOptions } from 'playwright-core';
import type { AtDoor } from './door-visitor.ts';

/** What a new context of the browser is made with; `httpOnly` and the path are as the server set them. */
export function signedIn({ visitor }: Pick<AtDoor, 'visitor'>): BrowserContextOptions {
  const rest = { domain: 'localhost', expires: -1, httpOnly: true, secure: false, sameSite: 'Lax' as const };
  const cookies = [...visitor.jar.values()].map((cookie) => ({ ...cookie, ...rest }));
  return { storageState: { cookies, origins: [] } };
}
