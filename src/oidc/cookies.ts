import { createHmac, type KeyObject } from 'node:crypto';
import { equalInConstantTime } from '../base/ids.ts';
import type { CookieRing } from '../domain/data-keys/data-keys.ts';

type CookieNames = Record<
  'session' | 'interaction' | 'resume' | 'device' | 'start' | 'trial' | 'admin' | 'account' | 'link',
  string
>;

/**
 * The names of all cookies. `__Host-` and `__Secure-` where the browser allows them (https). Over plain http the port tells
 * two issuers on one host apart, since cookies ignore ports: the issuer's, as in a container another one may be listened on.
 */
export function cookieNames(issuer: string): CookieNames {
  const { protocol, port } = new URL(issuer);
  const isSecure = protocol === 'https:';
  const base = isSecure ? 'postern' : `postern-${port || '80'}`;
  const wholeHost = isSecure ? '__Host-' : '';
  const onePath = isSecure ? '__Secure-' : '';
  return {
    session: `${wholeHost}${base}`,
    device: `${wholeHost}${base}-device`,
    interaction: `${onePath}${base}-interaction`,
    resume: `${onePath}${base}-resume`,
    start: `${onePath}${base}-start`,
    trial: `${onePath}${base}-try`,
    admin: `${onePath}${base}-admin`,
    account: `${onePath}${base}-account`,
    link: `${onePath}${base}-link`,
  };
}

/**
 * Signs the engine's cookies with the newest key of the ring and takes those of the others, as they are at that moment. What
 * an older key has signed is not told apart (index 0): the engine would write its signature anew, and without the path of
 * the cookie, so that the browser had two of it and neither counted (G16, D05). Sessions are written with every use anyway.
 */
export function cookieSigner(ring: Pick<CookieRing, 'newest' | 'all'>) {
  const signed = (data: string, key: KeyObject) => createHmac('sha256', key).update(data).digest('base64url');
  const verify = (data: string, signature: string): boolean =>
    ring.all().some((key) => equalInConstantTime(signature, signed(data, key)));
  return {
    sign: (data: string): string => signed(data, ring.newest()),
    verify,
    index: (data: string, signature: string): number => (verify(data, signature) ? 0 : -1),
  };
}
