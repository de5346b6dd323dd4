/**
 * The guard before every route: one Host, the issuer's; no other authority in the target; forwarded headers only from
 * listed proxies; no cookie twice. Whatever passes it carries the issuer's authority as its Host, so nothing later can read
 * another one (security.md K01–K04, G16). Knows no route. No table.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { loopbackNames } from '../base/addresses.ts';
import type { Mode } from '../base/mode.ts';
import { answerText, endConnection } from './answer.ts';
import { exchangeOf } from './context.ts';
import { withoutTwins } from './cookie-twins.ts';
import { clientAddress, createAddressList, isForwardedHeader } from './forwarded.ts';
import { mostHeaders } from './limits.ts';

type GuardOptions = {
  issuer: URL;
  /** Addresses and ranges of the proxies whose X-Forwarded-For counts. */
  trustProxy: readonly string[];
  mode: Mode;
};

const methods = new Set(['GET', 'POST', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'DELETE']);
const [letterF, letterH, letterX] = [102, 104, 120];
const malformed = 'The request is malformed.';

/**
 * Returns `guard(req, res)`: true to go on, false when it has answered (400, 405, 421, 431, or in `dev` and `testing` a
 * 303 from another loopback name to the issuer's). Sets the exchange's ip. Throws `invalid` for a bad proxy list.
 */
export function createGuard({ issuer, trustProxy, mode }: GuardOptions) {
  const authority = issuer.host;
  const isOurs = createAuthorityCheck(issuer);
  const isTrusted = createAddressList(trustProxy);
  const aliases = mode === 'serve' ? new Set<string>() : loopbackAliases(issuer);

  return function guard(req: IncomingMessage, res: ServerResponse): boolean {
    const exchange = exchangeOf(req);
    const { hosts, forwarded } = scanHeaders(req.rawHeaders);
    if (forwarded.length > 0 && isTrusted(exchange.ip)) {
      exchange.ip = clientAddress(exchange.ip, joined(req.headers['x-forwarded-for']), isTrusted);
    } else {
      for (const name of forwarded) delete req.headers[name];
    }
    if (req.rawHeaders.length > mostHeaders * 2) return refuse(req, res, 431, `More than ${mostHeaders} headers.`);
    if (hosts !== 1) return refuse(req, res, 400, 'The request needs exactly one Host header.');
    const host = req.headers.host ?? '';
    if (host !== authority && !isOurs(host)) {
      const isAlias = aliases.has(host.toLowerCase()) && isPageRequest(req);
      return isAlias ? redirect(req, res, `${issuer.origin}${req.url}`) : refuse(req, res, 421, misdirected(authority));
    }
    if (!methods.has(req.method ?? '')) {
      res.setHeader('Allow', [...methods].join(', '));
      return refuse(req, res, 405, 'This method is not used here.');
    }
    if (!req.url?.startsWith('/') && !useOriginForm(req, isOurs)) return refuse(req, res, 421, misdirected(authority));
    if (exchange.path.includes('%') && !isDecodable(exchange.path)) return refuse(req, res, 400, malformed);
    req.headers.host = authority;
    if (req.headers.cookie !== undefined) req.headers.cookie = withoutTwins(req.headers.cookie);
    return true;
  };
}

/** One pass over the raw headers: how many hosts, and which headers claim to speak for another hop. */
function scanHeaders(raw: readonly string[]): { hosts: number; forwarded: string[] } {
  let hosts = 0;
  const forwarded: string[] = [];
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at] as string;
    const first = name.charCodeAt(0) | 32;
    if (first === letterH) hosts += name.length === 4 && name.toLowerCase() === 'host' ? 1 : 0;
    else if ((first === letterX || first === letterF) && isForwardedHeader(name.toLowerCase()))
      forwarded.push(name.toLowerCase());
  }
  return { hosts, forwarded };
}

/** The host, or the host with the scheme's default port written out, in any case (RFC 9110 §4.2.3). */
function createAuthorityCheck(issuer: URL): (host: string) => boolean {
  const longForm = issuer.port === '' ? `${issuer.host}:${issuer.protocol === 'https:' ? 443 : 80}` : issuer.host;
  return (host) => {
    const lower = host.toLowerCase();
    return lower === issuer.host || lower === longForm;
  };
}

/** The other names by which a browser on this machine reaches a loopback issuer. */
function loopbackAliases(issuer: URL): Set<string> {
  if (!loopbackNames.includes(issuer.hostname)) return new Set();
  const port = issuer.port === '' ? '' : `:${issuer.port}`;
  return new Set(loopbackNames.filter((name) => name !== issuer.hostname).map((name) => `${name}${port}`));
}

function isPageRequest(req: IncomingMessage): boolean {
  if (req.method !== 'GET' && req.method !== 'HEAD') return false;
  return req.url?.startsWith('/') === true && req.headers.accept?.includes('text/html') === true;
}

function joined(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(',') : value;
}

/** Turns a target in absolute form (RFC 9112 §3.2.2) into origin form when it names the issuer's authority. */
function useOriginForm(req: IncomingMessage, isOurs: (host: string) => boolean): boolean {
  const target = req.url ?? '';
  const match = /^https?:\/\/([^/?#]*)(.*)$/i.exec(target);
  if (!match || !isOurs(match[1] ?? '')) return false;
  const rest = match[2] ?? '';
  req.url = rest.startsWith('/') ? rest : `/${rest}`;
  return true;
}

function isDecodable(path: string): boolean {
  try {
    return !decodeURIComponent(path).includes('\0');
  } catch {
    return false;
  }
}

function misdirected(authority: string): string {
  return `This server answers as ${authority} alone. Use that address; behind a proxy, let it pass the Host header on.`;
}

function redirect(req: IncomingMessage, res: ServerResponse, location: string): false {
  // 303, as everywhere in the house: a 307 would repeat a request body (RFC 9700 §4.12).
  res.setHeader('Location', location);
  answerText(req, res, 303, 'See other');
  return false;
}

function refuse(req: IncomingMessage, res: ServerResponse, status: number, text: string): false {
  // The body, if there is one, stays unread; the connection can't be used again.
  endConnection(res);
  answerText(req, res, status, text);
  return false;
}
