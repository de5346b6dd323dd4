/**
 * `/metrics` for Prometheus: how deliveries stand, and a few facts about the process. Like the probes of health.ts it answers
 * under any Host, since scrapers come by address. It takes a key or token with the scope metrics:read; without one it answers
 * only this machine itself, and nobody when something stands in front that others come through.
 */
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isLoopback } from '../base/addresses.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Config } from '../config/config.ts';
import type { Deliveries } from '../domain/deliveries/deliveries.ts';
import type { Logout } from '../domain/logout/logout.ts';
import { answerText } from './answer.ts';
import { type Asked, type CallerDependencies, createAuthenticate, requireScopes } from './api/caller.ts';
import { exchangeOf, plainAddress } from './context.ts';
import { answerErrorBare } from './errors.ts';
import { isForwardedHeader } from './forwarded.ts';
import { type Metric, metricsText, metricsType } from './metrics-text.ts';

export type MetricsDependencies = CallerDependencies & {
  config: Pick<Config, 'issuer' | 'http'>;
  deliveries: Pick<Deliveries, 'count'>;
  logout: Pick<Logout, 'counters'>;
  clock: Clock;
  log: Log;
};

const path = '/metrics';
/** However often it is asked for, the database counts once in that time. */
const freshMilliseconds = 1000;

/** Returns `answerMetrics(req, res)`: true when the path was this one and is being answered. Never rejects. */
export function createMetrics(dependencies: MetricsDependencies) {
  const { config, deliveries, logout, clock, log } = dependencies;
  const authenticate = createAuthenticate(dependencies);
  const isBehindProxy = config.http.trustProxy.length > 0 || new URL(config.issuer).protocol === 'https:';
  const startedAt = clock.now();
  const build = { version: readVersion(), node: process.version };
  let counted: { at: number; result: ReturnType<Deliveries['count']> } | undefined;

  return function answerMetrics(req: IncomingMessage, res: ServerResponse): boolean {
    if (exchangeOf(req).path !== path) return false;
    void answer(req, res).catch((error: unknown) => answerErrorBare(req, res, error, log));
    return true;
  };

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    if (req.method !== 'GET' && req.method !== 'HEAD') {
      res.setHeader('Allow', 'GET, HEAD');
      return answerText(req, res, 405, 'Use GET.');
    }
    const hasCredential = req.headers.authorization !== undefined;
    if (hasCredential || isBehindProxy || !isFromHere(req)) {
      const asked = askedBy(req, res);
      requireScopes(asked, await authenticate(asked), ['metrics:read']);
    }
    answerText(req, res, 200, metricsText(await read()), metricsType);
  }

  async function read(): Promise<Metric[]> {
    const now = clock.now();
    if (!counted || now - counted.at >= freshMilliseconds) counted = { at: now, result: deliveries.count() };
    const states = await counted.result;
    return listMetrics(states, logout.counters(), { build, uptimeSeconds: (now - startedAt) / 1000 });
  }
}

type States = Awaited<ReturnType<Deliveries['count']>>;
type Process = { build: Record<string, string>; uptimeSeconds: number };

function listMetrics(states: States, { confirmed, failed, givenUp }: ReturnType<Logout['counters']>, own: Process) {
  const plain = (value: number): Metric['samples'] => [[{}, value]];
  return [
    {
      ...{ name: 'postern_deliveries', type: 'gauge', help: 'Sign-outs that an app has to hear of, by state.' },
      samples: Object.entries(states).map(([state, count]) => [{ state }, count] as const),
    },
    {
      ...{ name: 'postern_delivery_attempts_total', type: 'counter' },
      help: 'Attempts of this process to tell an app of a sign-out.',
      samples: [
        [{ result: 'confirmed' }, confirmed],
        [{ result: 'failed' }, failed],
      ],
    },
    {
      ...{ name: 'postern_deliveries_given_up_total', type: 'counter' },
      help: 'Sign-outs that this process does not tell an app of any more.',
      samples: plain(givenUp),
    },
    {
      ...{ name: 'postern_uptime_seconds', type: 'gauge', help: 'How long this process has run.' },
      samples: plain(own.uptimeSeconds),
    },
    {
      ...{ name: 'postern_build_info', type: 'gauge', help: 'The version of Postern and of Node.' },
      samples: [[own.build, 1]],
    },
    {
      ...{ name: 'process_resident_memory_bytes', type: 'gauge', help: 'Memory of this process.' },
      samples: plain(process.memoryUsage.rss()),
    },
  ] satisfies Metric[];
}

/**
 * Whether nobody else can have asked: the connection is of this machine, no header tells of a proxy, and the Host is one that
 * only this machine goes by. A page that has rebound its name to this machine has another.
 */
export function isFromHere(req: Pick<IncomingMessage, 'rawHeaders' | 'socket'>): boolean {
  const headers = req.rawHeaders.flatMap((text, at) => (at % 2 === 0 ? [[text.toLowerCase(), at + 1] as const] : []));
  if (headers.some(([name]) => isForwardedHeader(name) || name === 'via')) return false;
  const hosts = headers.filter(([name]) => name === 'host').map(([, at]) => req.rawHeaders[at] ?? '');
  const host = hosts.length === 1 ? URL.parse(`http://${hosts[0]}`)?.hostname : undefined;
  return host !== undefined && isLoopback(host) && isLoopback(plainAddress(req.socket.remoteAddress));
}

/** Koa's context, as far as who calls is concerned. */
const askedBy = (req: IncomingMessage, res: ServerResponse): Asked => ({
  req,
  get: (name) => String(req.headers[name.toLowerCase()] ?? ''),
  set: (name, value) => void res.setHeader(name, value),
});

/** Of the package; the same way leads there from the sources and from the bundle. */
function readVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return String((JSON.parse(text) as { version?: string }).version);
}
