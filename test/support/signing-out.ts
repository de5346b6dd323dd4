/** Somebody in front of the pages of a sign-out. */
import type { Answer, Visitor } from '../../src/testing/sign-in.ts';
import type { World } from './world.ts';

export const logoutUrl = (parameters: Record<string, string> = {}): string => {
  const query = new URLSearchParams(parameters);
  return query.size === 0 ? '/logout' : `/logout?${query}`;
};

/** A browser in which a person is signed in at these clients, one after the other. */
export async function signedInAt(
  world: World,
  clients: readonly ('app' | 'app2' | 'spa')[],
  person: 'alice' | 'bob' = 'alice',
): Promise<Visitor> {
  const visitor = world.visitor();
  for (const client of clients) await world.signIn(visitor, world.authorizeUrl(client), person);
  return visitor;
}

const xsrfOf = (page: Answer): string => /name="xsrf" value="([^"]+)"/.exec(page.text)?.[1] ?? '';

/** Answers the page that asks: out of everything, or of the client alone that asks. No redirect is followed. */
export function leave(visitor: Visitor, page: Answer, what: 'everything' | 'the app'): Promise<Answer> {
  const body = new URLSearchParams({ xsrf: xsrfOf(page), ...(what === 'everything' && { logout: 'yes' }) });
  const headers = { origin: new URL(page.url).origin, 'sec-fetch-site': 'same-origin' };
  return visitor.request('/logout/confirm', { method: 'POST', body, headers });
}

const decoded = (text: string): string =>
  text.replace(/&(amp|quot|lt|gt|#39);/g, (_, name: string) => entities[name] ?? '');
const entities: Record<string, string> = { amp: '&', quot: '"', lt: '<', gt: '>', '#39': "'" };

/** The addresses that the frames of a page open. */
export const framesIn = ({ text }: Answer): string[] =>
  [...text.matchAll(/<iframe [^>]*srcdoc="([^"]*)"/g)].map(([, document = '']) =>
    decoded(/url=([^"]*)">/.exec(decoded(document))?.[1] ?? ''),
  );

/** The links of the list of apps on a page, by name; undefined for an app without one. */
export function appsIn({ text }: Answer): Record<string, string | undefined> {
  const [, list = ''] = /<ul class="asks ends"[^>]*>([\s\S]*?)<\/ul>/.exec(text) ?? [];
  const rows = list.split('<li>').slice(1);
  const of = (row: string): [string, string | undefined] => {
    const [, link, name = ''] = /<\/span><span>(?:<a href="([^"]*)">)?([^<]*)/.exec(row) ?? [];
    return [decoded(name), link === undefined ? undefined : decoded(link)];
  };
  return Object.fromEntries(rows.map(of));
}

/** Where the page goes on to by itself, and after how many seconds. */
export function refreshOf({ text, headers }: Answer): { seconds: number; url: string } | undefined {
  const [, meta] = /<meta http-equiv="refresh" content="([^"]*)">/.exec(text) ?? [];
  const [, seconds, url] = /^(\d+); url=(.*)$/.exec(meta ? decoded(meta) : (headers.get('refresh') ?? '')) ?? [];
  return url === undefined ? undefined : { seconds: Number(seconds), url };
}

/** The address of a link or form with that id. */
export const hrefOf = ({ text }: Answer, id: string): string =>
  decoded(new RegExp(`id="${id}"[^>]* href="([^"]*)"`).exec(text)?.[1] ?? '');
