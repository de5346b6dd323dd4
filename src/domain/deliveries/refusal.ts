/** What an answer that is no confirmation means (OpenID Connect Back-Channel Logout 1.0 §2.8). Pure. */

/**
 * `rejected`: the app did not accept the token; `closed`: somebody wants a sign-in first; `missing`: nothing is there;
 * `method`: it takes no POST; `moved`: a redirect, which is not followed; `failing`: it could not do it now.
 */
export const refusals = ['rejected', 'closed', 'missing', 'method', 'moved', 'failing', 'other'] as const;
export type Refusal = (typeof refusals)[number];

const byStatus: Readonly<Record<number, Refusal>> = {
  ...{ 400: 'rejected', 401: 'closed', 403: 'closed', 404: 'missing', 405: 'method', 407: 'closed' },
  ...{ 408: 'failing', 410: 'missing', 422: 'rejected', 425: 'failing', 429: 'failing' },
};

export function refusalOf(status: number): Refusal {
  if (status >= 300 && status < 400) return 'moved';
  if (status >= 500) return 'failing';
  return byStatus[status] ?? 'other';
}
