import { afterEach, describe, expect, it } from 'vitest';
import { createManualClock } from '../../src/base/clock.ts';
import { createExchanges } from '../../src/http/context.ts';
import { createHealth } from '../../src/http/health.ts';
import { createServer } from '../../src/http/listen.ts';
import { createMemoryLog, get, startFront } from './front.ts';

let stop: (() => Promise<unknown>) | undefined;
afterEach(() => stop?.());

async function startHealth(ready: () => Promise<boolean>, probeSeconds = 2) {
  const { log, lines } = createMemoryLog();
  const clock = createManualClock();
  const state = { stopping: false };
  const open = createExchanges({ clock, log });
  const health = createHealth({ ready, stopping: () => state.stopping, clock, log, probeSeconds });
  const server = createServer({
    log,
    handler: (req, res) => {
      open(req, res);
      health(req, res);
    },
  });
  const { port } = await server.listen({ hosts: ['127.0.0.1'], port: 0 });
  stop = () => server.stop({ seconds: 1 });
  return {
    clock,
    state,
    lines,
    ask: (path: string, method = 'GET') => get(port, path, { Host: 'any.example' }, method),
  };
}

describe('O13 health', () => {
  it('O13 answers under any Host, in one word', async () => {
    const front = await startFront();
    stop = front.stop;
    for (const host of ['evil.example', '10.0.0.7:8080', `localhost:${front.port}`]) {
      expect(await get(front.port, '/healthz', { Host: host })).toMatchObject({ status: 200, body: 'ok\n' });
      expect(await get(front.port, '/readyz?x', { Host: host })).toMatchObject({ status: 200, body: 'ready\n' });
    }
    expect((await get(front.port, '/readyz/x', { Host: 'evil.example' })).status).toBe(421);
  });

  it('O13 a store that refuses or throws makes it not ready, still alive, and tells no details', async () => {
    let work: () => Promise<boolean> = () => Promise.resolve(false);
    const { ask, clock, lines } = await startHealth(() => work());
    expect(await ask('/readyz')).toMatchObject({ status: 503, body: 'not ready\n' });
    work = () => Promise.reject(new Error('disk full at /var/lib'));
    clock.advance(1000);
    expect(await ask('/readyz')).toMatchObject({ status: 503, body: 'not ready\n' });
    expect(lines).toContainEqual(expect.objectContaining({ level: 'warn', error: expect.anything() }));
    expect(await ask('/healthz')).toMatchObject({ status: 200 });
    work = () => Promise.resolve(true);
    clock.advance(1000);
    expect(await ask('/readyz')).toMatchObject({ status: 200 });
  });

  it('O13 a store that hangs makes it not ready in time', async () => {
    const { ask } = await startHealth(() => new Promise(() => {}), 0.05);
    expect((await ask('/readyz')).status).toBe(503);
  });

  it('O13 one probe serves everybody for a second', async () => {
    let probes = 0;
    const { ask, clock } = await startHealth(() => {
      probes += 1;
      return Promise.resolve(true);
    });
    await Promise.all(Array.from({ length: 20 }, () => ask('/readyz')));
    expect(probes).toBe(1);
    clock.advance(1000);
    await ask('/readyz');
    expect(probes).toBe(2);
  });

  it('R22 is not ready at once while stopping, though the last probe was good', async () => {
    const { ask, state } = await startHealth(() => Promise.resolve(true));
    expect((await ask('/readyz')).status).toBe(200);
    state.stopping = true;
    expect((await ask('/readyz')).status).toBe(503);
    expect((await ask('/healthz')).status).toBe(200);
  });

  it('G02 other methods get 405', async () => {
    const { ask } = await startHealth(() => Promise.resolve(true));
    for (const path of ['/healthz', '/readyz']) {
      expect((await ask(path, 'POST')).status).toBe(405);
      expect(await ask(path, 'HEAD')).toMatchObject({ status: 200, body: '' });
    }
  });
});
