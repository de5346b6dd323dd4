/**
 * The security headers of every answer (security.md e-3, G12), set on the raw response before any route or the engine
 * runs: the engine adds the hashes of its own scripts only to a policy that is there already. Knows no route but the
 * public documents, which other origins may read.
 */
import type { ServerResponse } from 'node:http';
import { isLoopback } from '../base/addresses.ts';
import { publicDocumentPaths } from '../oidc/oidc.ts';

const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "object-src 'none'",
].join('; ');

const permissions = [
  ...['camera', 'geolocation', 'microphone', 'payment', 'usb'].map((feature) => `${feature}=()`),
  'publickey-credentials-get=(self)',
  'publickey-credentials-create=(self)',
].join(', ');

/** Returns `setHeaders(res, path)`. Routes may replace single headers later (Cache-Control of the public documents). */
export function createSecurityHeaders({ issuer }: { issuer: URL }) {
  const headers: [string, string][] = [
    ['Content-Security-Policy', contentSecurityPolicy],
    ['X-Content-Type-Options', 'nosniff'],
    ['Referrer-Policy', referrerPolicy(issuer)],
    ['X-Frame-Options', 'DENY'],
    ['Cross-Origin-Opener-Policy', 'same-origin'],
    ['Permissions-Policy', permissions],
    ['Cache-Control', 'no-store'],
  ];
  if (issuer.protocol === 'https:') headers.push(['Strict-Transport-Security', 'max-age=31536000; includeSubDomains']);

  return function setHeaders(res: ServerResponse, path: string): void {
    for (const [name, value] of headers) res.setHeader(name, value);
    res.setHeader('Cross-Origin-Resource-Policy', publicDocumentPaths.has(path) ? 'cross-origin' : 'same-origin');
  };
}

/**
 * Under `no-referrer` a browser posts a form with `Origin: null`, and then only Sec-Fetch-Site tells where it came from.
 * Browsers send that to https and loopback addresses alone, so any other issuer needs the real Origin: `same-origin`.
 */
function referrerPolicy(issuer: URL): string {
  return issuer.protocol === 'https:' || isLoopback(issuer.hostname) ? 'no-referrer' : 'same-origin';
}
