/** The sample client of `dev`: `demo` with the secret `demo-secret`. Exempt from the policy for secrets, never in `serve`. */
import type { ClientInput } from './input.ts';

/** What the start page, the welcome and "try it" tell and use. */
export const demoClient = { id: 'demo', secret: 'demo-secret' } as const;

/**
 * The samples for this issuer (URL without trailing slash). The first redirect URI is the start page's own "try it";
 * the others are where common frameworks listen. `dev` adds further local ones on first use.
 */
export function sampleClients(issuer: string): ClientInput[] {
  return [
    {
      ...demoClient,
      name: 'Demo app',
      redirectUris: [
        `${issuer}/start/done`,
        'http://localhost:3000/callback',
        'http://localhost:3000/api/auth/callback/postern',
        'http://localhost:5173/callback',
        'http://localhost:8080/callback',
      ],
      postLogoutRedirectUris: [
        `${issuer}/start`,
        'http://localhost:3000/',
        'http://localhost:5173/',
        'http://localhost:8080/',
      ],
      grantTypes: [
        'authorization_code',
        'refresh_token',
        'client_credentials',
        'urn:ietf:params:oauth:grant-type:device_code',
      ],
      pkce: 'optional',
    },
  ];
}
