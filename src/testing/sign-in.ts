/** Signs a person in over HTTP as a browser would, without one: follows redirects, keeps cookies, submits the forms. */

export type Visitor = ReturnType<typeof createVisitor>;
export type Answer = { status: number; url: string; headers: Headers; text: string };

const mostSteps = 20;

/**
 * A browser's cookie jar and address bar, and nothing more of it. Stays on `issuer`; other origins are where it stops.
 * `userAgent` is the name it gives itself.
 */
export function createVisitor(issuer: string, { userAgent }: { userAgent?: string } = {}) {
  const jar = createJar();
  const { origin } = new URL(issuer);

  /** One request, no redirect followed. */
  async function request(url: string, init: RequestInit = {}): Promise<Answer> {
    const target = new URL(url, origin);
    const headers = new Headers(init.headers);
    headers.set('cookie', jar.cookiesFor(target.pathname));
    if (userAgent !== undefined) headers.set('user-agent', userAgent);
    if (!headers.has('accept')) headers.set('accept', 'text/html');
    const response = await fetch(target, { ...init, headers, redirect: 'manual' });
    jar.keep(response.headers, target.pathname);
    return { status: response.status, url: target.href, headers: response.headers, text: await response.text() };
  }

  /** Follows redirects and the pages that go on by themselves, up to a page that waits, or to another origin. */
  async function follow(answer: Answer): Promise<Answer> {
    let current = answer;
    for (let step = 0; step < mostSteps; step++) {
      const next = nextOf(current);
      if (next === undefined) return current;
      const target = new URL(next, current.url);
      if (target.origin !== origin) return { ...current, url: target.href };
      current = await request(target.href);
    }
    throw new Error(`More than ${mostSteps} redirects, the last one to ${current.url}`);
  }

  return {
    jar: jar.cookies,
    request,
    follow,
    open: async (url: string) => follow(await request(url)),
    /** Submits the first form of a page that has every field named in `fields`, with its hidden fields. */
    async submit(page: Answer, fields: Record<string, string>): Promise<Answer> {
      const form = formOf(page.text, Object.keys(fields));
      const body = new URLSearchParams({ ...form.hidden, ...fields });
      const answer = await request(new URL(form.action || page.url, page.url).href, {
        method: 'POST',
        body,
        headers: { origin, 'sec-fetch-site': 'same-origin' },
      });
      return follow(answer);
    },
  };
}

type Cookie = { name: string; value: string; path: string };

/** By name, and where a cookie is for one path only by name and path: two tabs have one of that name each. */
function createJar() {
  const cookies = new Map<string, Cookie>();
  return {
    cookies,
    cookiesFor(path: string): string {
      const fitting = [...cookies.values()].filter((cookie) => path.startsWith(cookie.path));
      return fitting.map(({ name, value }) => `${name}=${value}`).join('; ');
    },
    /** From the answer of that path, which a cookie without one of its own belongs to (RFC 6265 §5.1.4). */
    keep(headers: Headers, from: string): void {
      for (const line of headers.getSetCookie()) {
        const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
        const [name = '', value = ''] = split(pair);
        const path =
          attributes.find((attribute) => attribute.toLowerCase().startsWith('path='))?.slice(5) ?? defaultPath(from);
        const isOver = attributes.some((attribute) => /^expires=Thu, 01 Jan 1970/i.test(attribute));
        const key = path === '/' ? name : `${name} ${path}`;
        if (value === '' || isOver) cookies.delete(key);
        else cookies.set(key, { name, value, path });
      }
    },
  };
}

const defaultPath = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/';

const split = (pair: string): string[] => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];

function nextOf(answer: Answer): string | undefined {
  const location = answer.headers.get('location');
  if (location !== null && answer.status >= 300 && answer.status < 400) return location;
  const refresh = /<meta http-equiv="refresh" content="0; ?url=([^"]+)"/i.exec(answer.text)?.[1];
  return refresh === undefined ? undefined : decodeEntities(refresh);
}

function formOf(html: string, names: readonly string[]): { action: string; hidden: Record<string, string> } {
  for (const [, attributes = '', content = ''] of html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/gi)) {
    if (!names.every((name) => content.includes(`name="${name}"`))) continue;
    const hidden: Record<string, string> = {};
    for (const [input] of content.matchAll(/<input\b[^>]*type="hidden"[^>]*>/gi)) {
      const name = attributeOf(input, 'name');
      if (name !== undefined) hidden[name] = attributeOf(input, 'value') ?? '';
    }
    return { action: attributeOf(attributes, 'action') ?? '', hidden };
  }
  throw new Error(
    `There is no form with ${names.join(', ')} on the page titled ${/<title>([^<]*)/.exec(html)?.[1] ?? '?'}`,
  );
}

function attributeOf(tag: string, name: string): string | undefined {
  const value = new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1];
  return value === undefined ? undefined : decodeEntities(value);
}

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", '#x27': "'" };
const decodeEntities = (text: string): string =>
  text.replace(/&(amp|lt|gt|quot|#39|#x27);/g, (_, name: string) => entities[name] ?? '');

/**
 * Opens an authorization request and does what is asked: signs in, allows. Returns the address that the app would get.
 * Throws with the page's title when neither form is there.
 */
export async function signIn(
  visitor: Visitor,
  url: string,
  person: { username: string; password: string },
): Promise<URL> {
  let page = await visitor.open(url);
  if (page.text.includes('name="password"') && page.url.includes('/interaction/'))
    page = await visitor.submit(page, person);
  if (page.text.includes('id="consent-allow"')) page = await visitor.submit(page, { do: 'allow' });
  return new URL(page.url);
}
