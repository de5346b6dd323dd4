/** The sign-in of one of Postern's own doors up to the answer that its callback gets, and what comes of it. */
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Visitor } from '../../src/testing/sign-in.ts';
import type { Postern } from '../../src/testing/testing.ts';
import { cookieHeader } from './silent.ts';

type Door = 'postern-admin' | 'postern-account';
type Asked = Parameters<ReturnType<Postern['oidc']['ownSignIn']>['begin']>[0];

/** The door's side: its address to go to, and what it makes of an answer that some browser brings. */
export function createOwnDoor(postern: Postern, clientId: Door) {
  const callbackPath = clientId === 'postern-admin' ? '/admin/callback' : '/account/callback';
  const door = postern.oidc.ownSignIn({ clientId, callbackPath });
  type Kept = ReturnType<typeof door.begin>['kept'];

  return {
    begin: (asked?: Asked) => door.begin(asked),

    /** `answer` is the address the browser was sent back to. */
    finish(visitor: Visitor, answer: URL, kept: Kept) {
      const req = new IncomingMessage(new Socket());
      req.url = `${answer.pathname}${answer.search}`;
      req.headers.cookie = cookieHeader(visitor, callbackPath);
      const value = (name: string) => answer.searchParams.get(name) ?? undefined;
      const given = { code: value('code'), state: value('state'), iss: value('iss'), error: value('error') };
      return door.finish({ req, res: new ServerResponse(req) }, given, kept);
    },
  };
}

/** Goes there as that browser, signing in where it is asked to, and stops at the door: the address of its callback. */
export async function answerOf(
  visitor: Visitor,
  url: string,
  person?: { username: string; password: string },
): Promise<{ answer: URL; pages: string[] }> {
  const pages: string[] = [];
  let current = await visitor.request(url);
  for (let step = 0; step < 10; step++) {
    const refresh = /http-equiv="refresh" content="0; ?url=([^"]+)"/.exec(current.text)?.[1]?.replaceAll('&amp;', '&');
    const location = current.headers.get('location') ?? refresh;
    if (location === undefined) {
      pages.push(/<title>([^<]*)/.exec(current.text)?.[1] ?? `status ${current.status}`);
      if (!person) throw new Error(`A page that waits: ${pages.at(-1)}`);
      current = await post(visitor, current, person);
      continue;
    }
    const next = new URL(location, current.url);
    if (next.pathname.endsWith('/callback')) return { answer: next, pages };
    current = await visitor.request(next.href);
  }
  throw new Error(`No way to the callback, past ${pages.join(', ')}`);
}

/** The sign-in form, without following where it leads. */
function post(visitor: Visitor, page: { url: string; text: string }, person: { username: string; password: string }) {
  const { origin } = new URL(page.url);
  const csrf = /name="csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
  const body = new URLSearchParams({ csrf, ...person });
  return visitor.request(page.url, { method: 'POST', body, headers: { origin, 'sec-fetch-site': 'same-origin' } });
}
