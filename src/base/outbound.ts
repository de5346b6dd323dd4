/**
 * outbound: the one guard that every outgoing HTTP call of Postern passes. It looks a name up once, judges every address
 * that comes back, and connects to an address that it judged; it follows no redirect, inflates nothing, knows no proxy,
 * and has one time limit and one size limit for the whole exchange. It does not know what is called, or why.
 */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { isLoopback } from './addresses.ts';
import { isPosternError } from './errors.ts';
import type { Mode } from './mode.ts';
import { createRules, type Judged } from './outbound-allow.ts';
import { exchange, type Received, type Sent } from './outbound-exchange.ts';
import {
  addressRefused,
  type CallFacts,
  nameNotFound,
  networkFailure,
  timedOut,
  urlRefused,
} from './outbound-failures.ts';

export type { AddressKind } from './outbound-addresses.ts';
export { type OutboundFailure, type OutboundReason, outboundFailureOf } from './outbound-failures.ts';

/** All addresses of a name, as this machine knows them. Rejects like `dns.lookup`. */
type Resolve = (name: string) => Promise<readonly { address: string }[]>;

type OutboundOptions = {
  /** `dev` and `testing` reach loopback and private addresses; `serve` only those that `allow` names. */
  mode: Mode;
  /** Host names, addresses and networks that are reached although they are not public (the setting `outbound.allow`). */
  allow: readonly string[];
  timeoutMilliseconds?: number;
  maxBytes?: number;
  resolve?: Resolve;
};

export type OutboundCall = {
  headers?: Readonly<Record<string, string>>;
  /** For the whole exchange: looking up, connecting, sending, and the answer to its last byte. */
  timeoutMilliseconds?: number;
  /** Most bytes of the answer's body. */
  maxBytes?: number;
  /** Cuts a longer answer off and keeps its beginning, where it would be a failure otherwise. */
  truncate?: boolean;
  /** For a URL that came by open registration: neither the mode nor the administrator's list opens anything to it. */
  isPublicOnly?: boolean;
};

export type OutboundPost = OutboundCall &
  ({ form: Readonly<Record<string, string>> } | { body: string | Buffer; contentType: string });

export type OutboundAnswer = Received & { milliseconds: number };

type Limits = Required<Pick<OutboundCall, 'timeoutMilliseconds' | 'maxBytes' | 'truncate' | 'isPublicOnly'>>;

export type Outbound = ReturnType<typeof createOutbound>;

/**
 * Throws `invalid` when an entry of `allow` can't be read. Each call opens a connection of its own and closes it. Its
 * answer may have any status, a redirect is an answer like another. A call throws `forbidden` when URL or address are
 * refused and `unavailable` when there was no answer; `outboundFailureOf` says which of them it was.
 */
export function createOutbound({ mode, allow, resolve = lookUp, ...defaults }: OutboundOptions) {
  const judge = createRules({ allow, isPrivateAllowed: mode !== 'serve' });
  const limitsOf = (call: OutboundCall): Limits => ({
    timeoutMilliseconds: call.timeoutMilliseconds ?? defaults.timeoutMilliseconds ?? 2500,
    maxBytes: call.maxBytes ?? defaults.maxBytes ?? 65_536,
    truncate: call.truncate ?? false,
    isPublicOnly: call.isPublicOnly ?? false,
  });

  /** The addresses to connect to. A host that is an address is judged like a name that has one. */
  async function addressesOf(facts: CallFacts): Promise<Judged[]> {
    const { target, isPublicOnly } = facts;
    const found = fixedAddresses(target.host) ?? (await resolve(target.host));
    const judged = found.map(({ address }) => judge(address, target, isPublicOnly));
    const open = judged.filter(({ isAllowed }) => isAllowed);
    if (judged[0] === undefined) throw nameNotFound(facts);
    if (open.length === 0) throw addressRefused(facts, judged[0].address, judged[0].kind);
    return open;
  }

  async function reach(url: URL, facts: CallFacts, sent: Sent, signal: AbortSignal): Promise<OutboundAnswer> {
    const addresses = await addressesOf(facts);
    // A name server that answers too late sets nothing off any more.
    signal.throwIfAborted();
    const received = await exchange(url, facts, addresses, sent, signal);
    return { ...received, milliseconds: facts.milliseconds() };
  }

  async function call(address: string | URL, sent: Sent, limits: Limits): Promise<OutboundAnswer> {
    const startedAt = performance.now();
    const milliseconds = () => Math.round(performance.now() - startedAt);
    const url = readUrl(address);
    if (!url) throw urlRefused({ milliseconds });
    const facts: CallFacts = { origin: url.origin, target: targetOf(url), ...limits, milliseconds };
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), limits.timeoutMilliseconds);
    try {
      return await Promise.race([reach(url, facts, sent, deadline.signal), aborted(deadline.signal)]);
    } catch (error) {
      if (deadline.signal.aborted) throw timedOut(facts);
      throw isPosternError(error) ? error : (networkFailure(facts, error) ?? error);
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    post(url: string | URL, { headers = {}, ...options }: OutboundPost): Promise<OutboundAnswer> {
      const { body, contentType } = 'form' in options ? formOf(options.form) : options;
      const bytes = Buffer.from(body);
      const own = { 'content-type': contentType, 'content-length': String(bytes.length) };
      return call(url, { method: 'POST', headers: { ...lowercased(headers), ...own }, body: bytes }, limitsOf(options));
    },
    get(url: string | URL, { headers = {}, ...options }: OutboundCall = {}): Promise<OutboundAnswer> {
      return call(url, { method: 'GET', headers: lowercased(headers) }, limitsOf(options));
    },
  };
}

/** Addresses without a lookup. RFC 6761 §6.3: names under localhost are this machine, and no name server is asked. */
function fixedAddresses(host: string): { address: string }[] | undefined {
  if (isIP(host) > 0) return [{ address: host }];
  return isLoopback(host.replace(/\.$/, '')) ? [{ address: '127.0.0.1' }, { address: '::1' }] : undefined;
}

const lookUp: Resolve = (name) => lookup(name, { all: true, order: 'verbatim' });

const lowercased = (headers: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

const formOf = (form: Readonly<Record<string, string>>) => ({
  body: new URLSearchParams(form).toString(),
  contentType: 'application/x-www-form-urlencoded',
});

function readUrl(address: string | URL): URL | undefined {
  const url = URL.canParse(String(address)) ? new URL(String(address)) : undefined;
  const isCallable = url && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
  return isCallable && url.port !== '0' ? url : undefined;
}

/** The host as the URL standard has normalized it: `0x7f.1` is 127.0.0.1 here. */
function targetOf({ hostname, port, protocol }: URL): CallFacts['target'] {
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  return { host, port: Number(port || (protocol === 'https:' ? 443 : 80)) };
}

/** Rejects when the time is over: looking a name up can't be called off, only left behind. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
