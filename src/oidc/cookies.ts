import type { OidcSettings } from './settings.ts';

export type CookieNames = { session: string; interaction: string; resume: string };

/** `__Host-` where the browser allows it (https); over plain http the port tells two issuers on one host apart. */
export function cookieNames({ issuer, port }: Pick<OidcSettings, 'issuer' | 'port'>): CookieNames {
  if (issuer.startsWith('https:')) {
    return {
      session: '__Host-postern',
      interaction: '__Secure-postern-interaction',
      resume: '__Secure-postern-resume',
    };
  }
  return { session: `postern-${port}`, interaction: `postern-${port}-interaction`, resume: `postern-${port}-resume` };
}
