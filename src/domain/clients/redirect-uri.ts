/**
 * Redirect URIs, pure: which may be registered, which are local enough for first use, and when a presented one matches.
 * Matching is byte equality, with the loopback port exception for native clients (RFC 8252 §7.3): no wildcard, no regex.
 */
import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { isLoopback, loopbackNames } from '../../base/addresses.ts';
import type { ApplicationType } from './words.ts';

type RedirectUriRules = {
  applicationType: ApplicationType;
  /** `dev` and `testing`: plain http is also fine on private addresses, not on loopback alone. */
  allowPrivateHttp: boolean;
  /** Plain http is fine there too: the issuer's own pages, for a sample. */
  ownOrigin?: string | undefined;
};

const maximumLength = 2000;
/** What RFC 3986 §2 lets a URI consist of. Backslashes, spaces and controls are where URL parsers disagree. */
const uriCharacters = /^[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=%]+$/;
const forbiddenSchemes = new Set(['javascript:', 'vbscript:', 'data:', 'blob:', 'file:', 'about:']);

/**
 * Says what is wrong with a redirect URI that somebody wants to register, in a sentence that follows its place;
 * undefined when it may be registered (OAuth 2.0 Security BCP §2.1, RFC 8252 §7 and §8.4).
 */
export function redirectUriProblem(uri: string, rules: RedirectUriRules): string | undefined {
  if (uri.length > maximumLength) return `must not be longer than ${maximumLength} characters`;
  if (!uriCharacters.test(uri)) return 'must be an absolute URI of plain ASCII characters, others percent-encoded';
  if (uri.includes('*')) return 'must be the exact URI: Postern knows no wildcards, so list each one';
  if (uri.includes('#')) return 'must not have a fragment (#…)';
  const url = URL.parse(uri);
  if (!url) return 'must be an absolute URI, for example https://app.example/callback';
  if (forbiddenSchemes.has(url.protocol)) return `must not use the scheme ${url.protocol}`;
  const isWeb = url.protocol === 'https:' || url.protocol === 'http:';
  if (isWeb && !/^https?:\/\/[^/?]/i.test(uri))
    return 'must be written with two slashes, as in https://app.example/callback';
  if (url.username || url.password || (isWeb && authorityOf(uri).includes('@')))
    return 'must not contain a name or password before the host';
  return rules.applicationType === 'native' ? nativeProblem(url, isWeb) : webProblem(url, rules);
}

function webProblem(url: URL, rules: RedirectUriRules): string | undefined {
  if (url.protocol === 'https:') return undefined;
  if (url.protocol !== 'http:') return 'must use https (a scheme of its own is for applicationType native)';
  if (url.origin === rules.ownOrigin) return undefined;
  const reach = reachOf(url.hostname);
  if (reach === 'loopback' || (reach === 'private' && rules.allowPrivateHttp)) return undefined;
  return 'must use https: plain http is only for loopback addresses';
}

function nativeProblem(url: URL, isWeb: boolean): string | undefined {
  if (!isWeb) {
    // RFC 8252 §7.1: a reverse domain name, so that two apps do not claim one scheme by accident.
    if (!url.protocol.includes('.')) return 'must use a scheme with a dot, as in com.example.app:/callback';
    return undefined;
  }
  const isLoopback = loopbackNames.includes(url.hostname);
  if (url.protocol === 'http:' && !isLoopback)
    return 'must use https, a scheme of its own, or http on 127.0.0.1, [::1] or localhost';
  if (url.protocol === 'https:' && isLoopback) return 'must use http on a loopback address';
  return undefined;
}

/**
 * True when any program can stand where this client stands: it has no secret, and its answers go to no https address that
 * is somebody's (none at all: a device). RFC 8252 §8.6.
 */
export function canBeImpersonated(authMethod: string | undefined, redirectUri: unknown): boolean {
  return authMethod === 'none' && !String(redirectUri ?? '').startsWith('https:');
}

/** Where nobody on the way reads what is sent: https, or this machine. */
export function isLoopbackOrHttps(uri: string): boolean {
  const url = URL.parse(uri);
  return url?.protocol === 'https:' || (url?.protocol === 'http:' && reachOf(url.hostname) === 'loopback');
}

/** True for http and https URIs on loopback or private addresses: what `dev` registers on first use without asking. */
export function isLocalRedirectUri(uri: string): boolean {
  if (redirectUriProblem(uri, { applicationType: 'web', allowPrivateHttp: true })) return false;
  return reachOf(new URL(uri).hostname) !== 'public';
}

/**
 * Whether a presented redirect URI is one of the registered ones: byte equality, and for native clients any port on
 * http://127.0.0.1, http://[::1] and http://localhost (RFC 8252 §7.3). The same rule as the engine's own.
 */
export function redirectUriMatches(
  registered: readonly string[],
  presented: string,
  applicationType: ApplicationType,
): boolean {
  if (registered.includes(presented)) return true;
  if (applicationType !== 'native') return false;
  const withoutPort = withoutLoopbackPort(presented);
  return withoutPort !== undefined && registered.some((uri) => withoutLoopbackPort(uri) === withoutPort);
}

/** The URI as written, less its port; undefined when it is not http on loopback. Nothing but the port is normalised. */
function withoutLoopbackPort(uri: string): string | undefined {
  const url = URL.parse(uri);
  if (url?.protocol !== 'http:' || !loopbackNames.includes(url.hostname)) return undefined;
  const authorityAt = uri.indexOf('://') + 3;
  if (authorityAt < 3) return undefined;
  const authority = authorityOf(uri);
  const hostAt = authority.lastIndexOf('@') + 1;
  const hostAndPort = authority.slice(hostAt);
  const bracketAt = hostAndPort.indexOf(']');
  if (hostAndPort.startsWith('[') && hostAndPort[bracketAt + 1] !== ':') return uri;
  const colonAt = hostAndPort.startsWith('[') ? bracketAt + 1 : hostAndPort.lastIndexOf(':');
  if (colonAt === -1) return uri;
  if (!/^\d*$/.test(hostAndPort.slice(colonAt + 1))) return undefined;
  return uri.slice(0, authorityAt + hostAt + colonAt) + uri.slice(authorityAt + authority.length);
}

function authorityOf(uri: string): string {
  const start = uri.indexOf('://') + 3;
  const length = uri.slice(start).search(/[/?#]/);
  return length === -1 ? uri.slice(start) : uri.slice(start, start + length);
}

/** How far a host of a parsed URL reaches. Names other than localhost count as public: what they mean is not ours to know. */
function reachOf(hostname: string): 'loopback' | 'private' | 'public' {
  if (isLoopback(hostname)) return 'loopback';
  const address = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  if (!isIPv4(address) && !isIPv6(address)) return 'public';
  const family = isIPv4(address) ? 'ipv4' : 'ipv6';
  return privateAddresses.check(address, family) ? 'private' : 'public';
}

/** RFC 1918 and RFC 4193. Link-local addresses stay out: metadata services of clouds live there. */
const privateAddresses = new BlockList();
privateAddresses.addSubnet('10.0.0.0', 8, 'ipv4');
privateAddresses.addSubnet('172.16.0.0', 12, 'ipv4');
privateAddresses.addSubnet('192.168.0.0', 16, 'ipv4');
privateAddresses.addSubnet('fc00::', 7, 'ipv6');
