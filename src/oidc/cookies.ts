type CookieNames = Record<
  'session' | 'interaction' | 'resume' | 'device' | 'start' | 'trial' | 'admin' | 'account' | 'link' | 'signedOut',
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
    signedOut: `${onePath}${base}-signed-out`,
  };
}
