/** An app that only listens: what the browser brought it, by method, with its parameters and where it says it came from. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Arrival = { method: string; path: string; parameters: Record<string, string>; referer: string | undefined };
export type ListeningApp = Awaited<ReturnType<typeof startListeningApp>>;

/** `headers` go with every answer of the app; its page has the title "The app". */
export async function startListeningApp(headers: Record<string, string[]> = {}) {
  const arrivals: Arrival[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const url = new URL(request.url ?? '/', 'http://localhost');
    if (url.pathname === '/favicon.ico') return response.writeHead(404).end();
    const body = Buffer.concat(chunks).toString();
    arrivals.push({
      method: request.method ?? '',
      path: url.pathname,
      parameters: Object.fromEntries(request.method === 'POST' ? new URLSearchParams(body) : url.searchParams),
      referer: request.headers.referer,
    });
    const frame = url.searchParams.get('frame');
    const page = frame ? `<iframe src="${frame.replaceAll('"', '%22')}"></iframe>` : '<p>here</p>';
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', ...headers });
    response.end(`<!doctype html><title>The app</title>${page}`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://localhost:${port}`,
    arrivals,
    async stop(): Promise<void> {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
