import type { Client } from '../../domain/clients/clients.ts';
import type { App } from '../views.ts';

/**
 * A client as a person sees it, and the page of it that one goes back to: its home page, where a sign-in at it begins
 * (OpenID Connect Core §4), or else the front page of where it takes people back. Nothing of a request is in it (D12–D14).
 */
export function appWithWayBack(client: Client, issuer: string): App {
  const url = client.disabled ? undefined : pageOf(client, issuer);
  return { id: client.id, name: client.name, ...(url && { host: url.host, url: url.href }) };
}

function pageOf({ clientUri, initiateLoginUri, redirectUris }: Client, issuer: string): URL | undefined {
  if (clientUri !== undefined) return new URL(clientUri);
  if (initiateLoginUri !== undefined) {
    const url = new URL(initiateLoginUri);
    url.searchParams.set('iss', issuer);
    return url;
  }
  const web = redirectUris.map((uri) => URL.parse(uri)).find((url) => url && /^https?:$/.test(url.protocol));
  return web ? new URL('/', web) : undefined;
}
