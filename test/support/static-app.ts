/** A small web server on a free loopback port: fixed pages, for apps that live in the browser. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Page = { type?: string; body: string | Buffer };
export type StaticApp = Awaited<ReturnType<typeof startStaticApp>>;

/** Serves `pages` by path without query; what is not among them is 404. */
export async function startStaticApp(pages: Record<string, Page>) {
  const server = createServer((request, response) => {
    const page = pages[new URL(request.url ?? '/', 'http://localhost').pathname];
    if (!page) return response.writeHead(404).end();
    response.writeHead(200, { 'content-type': page.type ?? 'text/html; charset=utf-8' }).end(page.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    origin: `http://localhost:${port}`,
    async stop(): Promise<void> {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
