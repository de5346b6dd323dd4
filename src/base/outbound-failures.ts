/** Why an outgoing call came to nothing: one reason in a word, one for a table, one sentence that says what to do. */
import { type ErrorCode, isPosternError, PosternError } from './errors.ts';
import { type AddressKind, kindWords, openerOf } from './outbound-addresses.ts';
import type { Target } from './outbound-allow.ts';

export type OutboundReason =
  | 'url_refused'
  | 'address_refused'
  | 'name_not_found'
  | 'connection_refused'
  | 'unreachable'
  | 'no_socket'
  | 'connection_closed'
  | 'certificate_refused'
  | 'tls_failed'
  | 'not_http'
  | 'answer_too_large'
  | 'timed_out';

/** What is known about a failed call. Nothing in it is secret; a path or a query is never in it. */
export type OutboundFailure = {
  reason: OutboundReason;
  /** A few words for a table: `refused: private address`. */
  summary: string;
  /** How long it took. */
  milliseconds: number;
  /** For `address_refused`. */
  kind?: AddressKind;
};

/** The failure behind an error of an outgoing call; undefined for any other error. */
export function outboundFailureOf(error: unknown): OutboundFailure | undefined {
  if (!isPosternError(error) || !(error.cause instanceof Error) || error.cause.name !== 'OutboundFailure') {
    return undefined;
  }
  return (error.cause as Error & { failure: OutboundFailure }).failure;
}

/** What a failure is told with: the target without path and query, and how long the call has taken so far. */
export type CallFacts = {
  origin: string;
  target: Target;
  isPublicOnly: boolean;
  timeoutMilliseconds: number;
  maxBytes: number;
  truncate: boolean;
  milliseconds(): number;
};

type Told = { summary: string; message: string; kind?: AddressKind; cause?: unknown };
type Timed = Pick<CallFacts, 'milliseconds'>;

/** The cause is an error too, so that a log line shows reason, summary and what lay below. */
function failed(
  { milliseconds }: Timed,
  reason: OutboundReason,
  { summary, message, kind, cause }: Told,
): PosternError {
  const code: ErrorCode = reason === 'url_refused' || reason === 'address_refused' ? 'forbidden' : 'unavailable';
  const failure: OutboundFailure = { reason, summary, milliseconds: milliseconds(), ...(kind && { kind }) };
  const behind = Object.assign(new Error(summary, { cause }), { name: 'OutboundFailure', code: reason, failure });
  return new PosternError(code, message, { cause: behind });
}

export function urlRefused(timed: Timed): PosternError {
  const message = 'The address must be an absolute http or https URL without user name and password.';
  return failed(timed, 'url_refused', { summary: 'refused: no http or https URL', message });
}

/** The person who brought a URL without being asked learns nothing about the addresses of this network. */
export function addressRefused(facts: CallFacts, address: string, kind: AddressKind): PosternError {
  const { origin, target, isPublicOnly } = facts;
  const is = target.host === address || target.host.includes(':') ? 'is' : `resolves to ${address},`;
  const message = isPublicOnly
    ? `${origin} does not lead to a public address. A URL that an app brought itself must.`
    : `${origin} ${is} ${article(kind)} ${kindWords(kind)}. ${remedy(facts, address, kind)}`;
  return failed(facts, 'address_refused', { summary: `refused: ${kindWords(kind)}`, message, kind });
}

function remedy({ target }: CallFacts, address: string, kind: AddressKind): string {
  const opener = openerOf(kind);
  if (opener === 'never') return 'Nothing can be called there: use the address of the app itself.';
  if (opener === 'address') return `Use a public address; where it is meant, add ${address} to outbound.allow.`;
  return `Add ${target.host} to outbound.allow, or use a public address.`;
}

const article = (kind: AddressKind) => (/^[aeiou]/.test(kindWords(kind)) ? 'an' : 'a');

export function nameNotFound(facts: CallFacts, cause?: unknown): PosternError {
  const message = `${facts.origin}: the name has no address here. Check its spelling, and the name server of this machine.`;
  return failed(facts, 'name_not_found', { summary: 'name not found', message, cause });
}

export function timedOut(facts: CallFacts): PosternError {
  const seconds = `${facts.timeoutMilliseconds / 1000} s`;
  const message = `${facts.origin} was not done within ${seconds}. See whether it is up, and what it does before it answers.`;
  return failed(facts, 'timed_out', { summary: `timed out after ${seconds}`, message });
}

export function answerTooLarge(facts: CallFacts, cause?: unknown): PosternError {
  const what = cause === undefined ? `more than ${facts.maxBytes} bytes` : 'headers that are too large';
  const message = `${facts.origin} answered with ${what}. It should answer briefly.`;
  return failed(facts, 'answer_too_large', { summary: 'answer too large', message, cause });
}

type Described = { code: RegExp; reason: OutboundReason; summary: string; happened: string };

const tlsFailed = 'could not agree on TLS. See whether the port speaks TLS 1.2 or newer.';

/** Codes of Node, OpenSSL and the system; the first that fits counts. */
const described: Described[] = [
  {
    code: /^ECONNREFUSED$/,
    reason: 'connection_refused',
    summary: 'connection refused',
    happened: 'refused the connection. See whether it is up and listens on that port.',
  },
  {
    code: /^(EHOST|ENET|EADDRNOTAVAIL|ETIMEDOUT|EINVAL|EACCES|EPERM)/,
    reason: 'unreachable',
    summary: 'not reachable',
    happened: 'cannot be reached from here. See whether a route leads there and a firewall lets it pass.',
  },
  {
    code: /^(EMFILE|ENFILE|ENOBUFS|ENOMEM)$/,
    reason: 'no_socket',
    summary: 'no free socket',
    happened: 'was not called: this machine has no free socket. Raise the limit of open files (ulimit -n).',
  },
  {
    code: /^(ECONNRESET|ECONNABORTED|EPIPE)$/,
    reason: 'connection_closed',
    summary: 'closed before the answer was whole',
    happened: 'closed the connection before its answer was whole. See its own log.',
  },
  {
    code: /^CERT_HAS_EXPIRED$/,
    reason: 'certificate_refused',
    summary: 'TLS certificate has expired',
    happened: 'has a TLS certificate that has expired. Renew it.',
  },
  {
    code: /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    reason: 'certificate_refused',
    summary: 'TLS certificate is for another name',
    happened: 'has a TLS certificate for another name. Use the name in it, or one that has this name.',
  },
  { code: /^(ERR_SSL_|ERR_TLS_|EPROTO$)/, reason: 'tls_failed', summary: 'TLS failed', happened: tlsFailed },
  {
    code: /CERT|ISSUER|SIGNATURE|INVALID_CA|INVALID_PURPOSE|HOSTNAME_MISMATCH|PATH_LENGTH/,
    reason: 'certificate_refused',
    summary: 'TLS certificate is not trusted',
    happened:
      'has a TLS certificate that is not trusted here. For a CA of your own, start Postern with NODE_EXTRA_CA_CERTS=<its PEM file>.',
  },
  {
    code: /^HPE_/,
    reason: 'not_http',
    summary: 'answer is not HTTP',
    happened: 'answered with something that is not HTTP. See whether the port, and http or https, are right.',
  },
];

/** What Node threw, in words; undefined when it is no failure of the network but a mistake of the caller. */
export function networkFailure(facts: CallFacts, error: unknown): PosternError | undefined {
  const code = codeOf(error);
  if (/^(ENOTFOUND|ENODATA|EAI_)/.test(code)) return nameNotFound(facts, error);
  if (/^HPE_(HEADER|CHUNK_EXTENSIONS)_OVERFLOW$/.test(code)) return answerTooLarge(facts, error);
  const found = described.find((each) => each.code.test(code));
  if (!found) return undefined;
  const { reason, summary, happened } = found;
  return failed(facts, reason, { summary, message: `${facts.origin} ${happened}`, cause: error });
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : '';
}
