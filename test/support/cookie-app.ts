/**
 * An app that keeps its own sign-in in a cookie, and ends it at its front-channel logout page: by the answer's header, as
 * servers do, and by a script, as single-page apps do. `hangs` never answers there.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the browser brought to the front-channel page. */
export type Told = { parameters: Record<string, string>; cookie: string | undefined; referer: string | undefined };
export type CookieApp = Awaited<ReturnType<typeof startCookieApp>>;

export async function startCookieApp({ hangs = false } = {}) {
  const told: Told[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const page = { 'content-type': 'text/html; charset=utf-8' };
    if (url.pathname === '/favicon.ico') return response.writeHead(404).end();
    if (url.pathname === '/signout') {
      const { cookie, referer } = request.headers;
      told.push({ parameters: Object.fromEntries(url.searchParams), cookie, referer });
      if (hangs) return;
      const gone = `${cookieName}=; Path=/; Max-Age=0; SameSite=Lax`;
      response.writeHead(200, { ...page, 'set-cookie': gone, 'cache-control': 'no-store' });
      return response.end(`<!doctype html><title>Out</title><a href="/">x</a>
        <script>localStorage.removeItem('user'); top.location = '/broken-out';</script>`);
    }
    const isCallback = url.pathname === '/cb';
    response.writeHead(200, { ...page, ...(isCallback && { 'set-cookie': `${cookieName}=1; Path=/; SameSite=Lax` }) });
    response.end(`<!doctype html><title>The app</title><script>localStorage.setItem('user', 'somebody')</script>`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const origin = `http://localhost:${port}`;
  const cookieName = `app-${port}`;
  return {
    origin,
    cookieName,
    told,
    async stop(): Promise<void> {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
