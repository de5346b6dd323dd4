/** As much of a browser as signing in without script takes: cookies with paths, forms, redirects, the interstitial. */
import { connect, header, headers, type Reply, request } from './wire.ts';

export type Page = { status: number; path: string; html: string };
export type Browser = ReturnType<typeof createBrowser>;

type Cookie = { name: string; value: string; path: string };

const entities: Record<string, string> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  '#39': "'",
  '#x27': "'",
  '#x2F': '/',
};
const unescapeHtml = (text: string) => text.replace(/&(#?\w+);/g, (whole, name: string) => entities[name] ?? whole);

function attribute(tag: string, name: string): string | undefined {
  const value = new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1];
  return value === undefined ? undefined : unescapeHtml(value);
}

/** The form that holds the element with this id: where it posts to, and its hidden fields. */
export function formWith(html: string, id: string): { action: string; fields: Record<string, string> } | undefined {
  const form = (html.match(/<form[\s\S]*?<\/form>/g) ?? []).find((text) => text.includes(`id="${id}"`));
  if (form === undefined) return undefined;
  const tags = (form.match(/<input[^>]*>/g) ?? []).filter((tag) => attribute(tag, 'type') === 'hidden');
  const button = (form.match(/<button[^>]*>/g) ?? []).find((tag) => attribute(tag, 'id') === id);
  const named = button === undefined ? tags : [...tags, button];
  const pairs = named.flatMap((tag) => {
    const name = attribute(tag, 'name');
    return name === undefined ? [] : [[name, attribute(tag, 'value') ?? '']];
  });
  return { action: attribute(form, 'action') ?? '', fields: Object.fromEntries(pairs) };
}

function createJar() {
  const cookies = new Map<string, Cookie>();
  return {
    keep(reply: Reply) {
      for (const line of headers(reply, 'set-cookie')) {
        const [pair = '', ...options] = line.split(';').map((part) => part.trim());
        const [name = '', value = ''] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
        const path = options.find((option) => /^path=/i.test(option))?.slice(5) ?? '/';
        const expired = options.some((option) => /^max-age=0$/i.test(option) || /^expires=.*1970/i.test(option));
        if (expired) cookies.delete(`${name} ${path}`);
        else cookies.set(`${name} ${path}`, { name, value, path });
      }
    },

    /** The Cookie header for a path. */
    cookieHeader(path: string): string {
      const sent = [...cookies.values()].filter((cookie) => path.startsWith(cookie.path));
      return sent.map((cookie) => `${cookie.name}=${cookie.value}`).join('; ');
    },
  };
}

/** A fresh browser without cookies for the server on `port`; addresses outside of it are returned, not opened. */
export function createBrowser(port: number, host: string) {
  const origin = `http://${host}`;
  const connection = connect(port);
  const { keep, cookieHeader } = createJar();

  function fieldsFor(path: string, method: string): Record<string, string> {
    const cookie = cookieHeader(path.split('?')[0] as string);
    return {
      accept: 'text/html',
      'sec-fetch-site': 'same-origin',
      ...(method === 'POST' && { origin }),
      ...(cookie && { cookie }),
    };
  }

  const local = (address: string) => {
    const url = new URL(address, origin);
    return url.origin === origin ? url.pathname + url.search : undefined;
  };

  /** Requests a page and goes where it leads; `left` is an address outside, where the browser would go next. */
  async function visit(
    method: 'GET' | 'POST',
    address: string,
    form?: Record<string, string>,
  ): Promise<Page & { left?: string }> {
    const path = local(address);
    if (path === undefined) return { status: 0, path: address, html: '', left: address };
    const reply = await connection.send(request(host, method, path, fieldsFor(path, method), form));
    keep(reply);
    const location = header(reply, 'location');
    if (reply.status >= 300 && reply.status < 400 && location !== undefined) return visit('GET', location);
    const html = reply.body.toString();
    const refresh = /<meta http-equiv="refresh" content="0; ?url=([^"]*)"/i.exec(html)?.[1];
    if (refresh !== undefined) return visit('GET', unescapeHtml(refresh));
    return { status: reply.status, path, html };
  }

  return {
    open: (address: string) => visit('GET', address),
    /** Presses the button or fills the form that holds the element `id`. Throws when the page has none. */
    async submit(page: Page, id: string, fields: Record<string, string> = {}) {
      const form = formWith(page.html, id);
      if (!form) throw new Error(`no form with #${id} on ${page.path} (${page.status}): ${page.html.slice(0, 2000)}`);
      return visit('POST', form.action || page.path, { ...form.fields, ...fields });
    },
    cookieHeader,
    close: () => connection.close(),
  };
}
