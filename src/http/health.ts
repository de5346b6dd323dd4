/**
 * `/healthz` (the process answers) and `/readyz` (it can do its work: the store takes a write, nobody is stopping it).
 * Answers before the Host guard, since probes come by address (house rule), and tells nothing but the word.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { answerText } from './answer.ts';
import { exchangeOf } from './context.ts';

type HealthOptions = {
  /** A write that proves the store; false or a throw is "not ready". */
  ready: () => Promise<boolean>;
  stopping: () => boolean;
  clock: Clock;
  log: Log;
  /** How long a probe may take before it counts as failed, and how long its answer is good for. */
  probeSeconds?: number;
  freshSeconds?: number;
};

/** Returns `answerHealth(req, res)`: true when the path was one of the two and is being answered. Never rejects. */
export function createHealth({ ready, stopping, clock, log, probeSeconds = 2, freshSeconds = 1 }: HealthOptions) {
  let probe: { startedAt: number; result: Promise<boolean> } | undefined;

  return function answerHealth(req: IncomingMessage, res: ServerResponse): boolean {
    const { path } = exchangeOf(req);
    if (path !== '/healthz' && path !== '/readyz') return false;
    if (req.method !== 'GET' && req.method !== 'HEAD') {
      res.setHeader('Allow', 'GET, HEAD');
      answerText(req, res, 405, 'Use GET.');
    } else if (path === '/healthz') answerText(req, res, 200, 'ok');
    else void isReady().then((yes) => answerText(req, res, yes ? 200 : 503, yes ? 'ready' : 'not ready'));
    return true;
  };

  async function isReady(): Promise<boolean> {
    if (stopping()) return false;
    // One probe for everybody: otherwise a stranger could make the store write as often as he asks.
    if (!probe || clock.now() - probe.startedAt >= freshSeconds * 1000)
      probe = { startedAt: clock.now(), result: runProbe() };
    return (await probe.result) && !stopping();
  }

  async function runProbe(): Promise<boolean> {
    try {
      return await inTime(ready(), probeSeconds);
    } catch (error) {
      log.warn({ error }, 'the store is not ready');
      return false;
    }
  }
}

function inTime(work: Promise<boolean>, seconds: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), seconds * 1000);
  return Promise.race([work, promise]).finally(() => clearTimeout(timer));
}
