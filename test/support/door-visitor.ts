/** Somebody at a door of our own (/admin, /account): signs in there as a browser would, and posts its forms. */
import type { Answer, Visitor } from '../../src/testing/sign-in.ts';
import type { World } from './world.ts';

export type Typed = { username: string; password: string };
export type Fields = Record<string, string> | readonly (readonly [string, string])[];

/** Opens a page of a door and signs in when asked; the page that the person ends on. */
export async function enter(visitor: Visitor, path: string, { username, password }: Typed): Promise<Answer> {
  const page = await visitor.open(path);
  return page.text.includes('id="signin-title"') ? visitor.submit(page, { username, password }) : page;
}

/** A browser that is signed in at a door, and the token of its forms. */
export async function visitorAt(world: Pick<World, 'issuer' | 'visitor'>, path: string, person: Typed) {
  const visitor = world.visitor();
  const page = await enter(visitor, path, person);
  const { origin } = new URL(world.issuer);
  const csrf = tokenOf(page);

  return {
    ...{ visitor, page, csrf },
    get: (url: string, init: RequestInit = {}) => visitor.request(url, init),

    /** Posts a form as the page would, unless told otherwise; a name may stand more than once. No redirect is followed. */
    post(url: string, fields: Fields = {}, { token = csrf, headers = {} as Record<string, string> } = {}) {
      const pairs = Array.isArray(fields) ? fields : Object.entries(fields);
      const own = token === '' ? [] : [['csrf', token]];
      return visitor.request(url, {
        method: 'POST',
        body: new URLSearchParams([...own, ...pairs] as [string, string][]),
        headers: { origin, 'sec-fetch-site': 'same-origin', ...headers },
      });
    },
  };
}
export type AtDoor = Awaited<ReturnType<typeof visitorAt>>;

export const tokenOf = (page: { text: string }): string => /name="csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
