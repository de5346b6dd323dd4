/**
 * Apps that are told through the browser (OpenID Connect Front-Channel Logout 1.0): one frame each on the page that follows
 * a sign-out. Whether an app can do anything in it is up to the browser's cookie rules. Pure.
 */
import type { Context } from 'koa';
import { isLoopback } from '../../base/addresses.ts';
import type { Client } from '../../domain/clients/clients.ts';

/** So many apps are told on one page. */
export const mostFrames = 20;

type FrontChannel = Pick<Client, 'frontchannelLogoutUri' | 'frontchannelLogoutSessionRequired'>;

/**
 * The address that the frame of this client opens, with `iss` and `sid` unless it wants none (§3). Undefined when it has
 * none, or none that a browser opens in a page of ours.
 */
export function frameAddressOf(client: FrontChannel, sid: string | undefined, issuer: string): string | undefined {
  const { frontchannelLogoutUri: uri, frontchannelLogoutSessionRequired: wantsSession = true } = client;
  const url = uri === undefined ? null : URL.parse(uri);
  if (uri === undefined || !url || !mayBeFramed(url, issuer)) return undefined;
  if (!wantsSession) return uri;
  // It could not tell whose session is over.
  if (sid === undefined) return undefined;
  return `${uri}${uri.includes('?') ? '&' : '?'}${new URLSearchParams({ iss: issuer, sid })}`;
}

/** An origin that can stand in a policy (CSP 3 §2.3.1 has no addresses of IPv6); and a page that came by https opens nothing by http but on this machine. */
function mayBeFramed({ protocol, hostname, origin }: URL, issuer: string): boolean {
  if (!/^https?:\/\/[a-z0-9.-]+(:\d+)?$/.test(origin)) return false;
  return protocol === 'https:' || issuer.startsWith('http:') || isLoopback(hostname);
}

/** This answer may hold frames of these addresses' origins; all else of the policy stays as it is. */
export function allowFrames(ctx: Pick<Context, 'response' | 'set'>, addresses: readonly string[]): void {
  if (addresses.length === 0) return;
  const origins = new Set(addresses.map((address) => new URL(address).origin));
  const policy = ctx.response.get('Content-Security-Policy');
  ctx.set('Content-Security-Policy', `${policy}; frame-src ${[...origins].join(' ')}`);
}
