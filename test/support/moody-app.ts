/** An app that is down half of the time: in front of a receiver, it refuses by the toss of a coin and passes the rest on. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { payloadOf } from './team.ts';

export type MoodyApp = Awaited<ReturnType<typeof startMoodyApp>>;
/** A request that came, by the `sid` of its token, at a time of `performance`. */
export type Asked = { sid: string; at: number; isOpen: boolean };

const slowestMilliseconds = 100;

/** Every request in the order in which they came, and the `sid`s that were asked for while another request was open. */
function createNotes() {
  const [asked, twiceAtOnce] = [[] as Asked[], [] as string[]];
  function note(sid: string, response: ServerResponse): void {
    if (asked.some((other) => other.isOpen && other.sid === sid)) twiceAtOnce.push(sid);
    const one = { sid, at: performance.now(), isOpen: true };
    asked.push(one);
    response.once('close', () => {
      one.isOpen = false;
    });
  }
  return { asked, twiceAtOnce, note };
}

/**
 * `mostRefusals`: a notice (by its `sid`) gets through after so many, so that a test ends whatever the coin says; the coin is
 * thrown at each of its attempts before.
 */
export async function startMoodyApp(receiverUrl: string, { mostRefusals }: { mostRefusals: number }) {
  const refusals = new Map<string, number>();
  const { asked, twiceAtOnce, note } = createNotes();
  let holdsAfter = Number.POSITIVE_INFINITY;

  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    const sid = String(payloadOf(new URLSearchParams(body).get('logout_token') ?? '').sid);
    note(sid, response);
    if (asked.length > holdsAfter) return undefined;
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
    asked,
    twiceAtOnce,
    /** From now on it answers so many more, and leaves the others open; without a number it answers again. */
    hold: (after?: number) => {
      holdsAfter = after === undefined ? Number.POSITIVE_INFINITY : asked.length + after;
    },
    /** How many requests it has refused. */
    refused: () => [...refusals.values()].reduce((sum, count) => sum + count, 0),
    stop: () => {
      server.closeAllConnections();
      return new Promise((done) => server.close(done));
    },
  };
}
