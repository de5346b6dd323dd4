/** An app that is down half of the time: in front of a receiver, it refuses by the toss of a coin and passes the rest on. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { payloadOf } from './team.ts';

export type MoodyApp = Awaited<ReturnType<typeof startMoodyApp>>;

const slowestMilliseconds = 100;

/**
 * `mostRefusals`: a notice (by its `sid`) gets through after so many, so that a test ends whatever the coin says; the coin is
 * thrown at each of its attempts before.
 */
export async function startMoodyApp(receiverUrl: string, { mostRefusals }: { mostRefusals: number }) {
  const refusals = new Map<string, number>();

  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    const sid = String(payloadOf(new URLSearchParams(body).get('logout_token') ?? '').sid);
    const count = refusals.get(sid) ?? 0;
    if (count < mostRefusals && Math.random() < 0.5) {
      refusals.set(sid, count + 1);
      // Who is killed meanwhile does not know yet that it was in vain.
      await wait(Math.random() * slowestMilliseconds);
      return response.writeHead(503).end();
    }
    const headers = { 'content-type': String(request.headers['content-type']) };
    const { status } = await fetch(receiverUrl, { method: 'POST', headers, body });
    return response.writeHead(status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    /** How many requests it has refused. */
    refused: () => [...refusals.values()].reduce((sum, count) => sum + count, 0),
    stop: () => {
      server.closeAllConnections();
      return new Promise((done) => server.close(done));
    },
  };
}
