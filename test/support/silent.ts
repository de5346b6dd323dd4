/** What an app sees of a session without asking the person anything: `prompt=none`. */
import type { Visitor } from '../../src/testing/sign-in.ts';
import type { World } from './world.ts';

/** `signed in` when a code comes back without a question, else the OAuth error. */
export async function silently(
  world: World,
  visitor: Visitor,
  client: 'app' | 'app2' | 'spa' = 'app',
): Promise<string> {
  const answer = await visitor.request(world.authorizeUrl(client, { prompt: 'none', scope: 'openid' }));
  const { searchParams } = new URL(answer.headers.get('location') ?? 'about:blank');
  return searchParams.has('code') ? 'signed in' : (searchParams.get('error') ?? `status ${answer.status}`);
}

/** The name of the session cookie, which over plain http holds the port. */
export const sessionCookie = (world: World): string =>
  world.issuer.startsWith('https:') ? '__Host-postern' : `postern-${world.postern.port}`;

/** Everything a visitor's browser holds, as a `Cookie` header for one path. */
export function cookieHeader(visitor: Visitor, path: string): string {
  const fitting = [...visitor.jar.values()].filter((cookie) => path.startsWith(cookie.path));
  return fitting.map(({ name, value }) => `${name}=${value}`).join('; ');
}

/** What a person types at sign-in. */
export function typed(world: World, name: keyof World['people']): { username: string; password: string } {
  const { username, password } = world.people[name];
  return { username, password };
}

/** The fields of a posted form with the token of the page it stands on. */
export const formOf = (page: { text: string }, fields: Record<string, string>): URLSearchParams =>
  new URLSearchParams({ csrf: /name="csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? '', ...fields });

/** Where the page between a form and the app leads. */
export const nextOf = (page: { text: string }): string =>
  (/http-equiv="refresh" content="0; url=([^"]+)"/.exec(page.text)?.[1] ?? '').replaceAll('&amp;', '&');
