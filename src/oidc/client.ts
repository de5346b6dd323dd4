import type { KoaContextWithOIDC } from 'oidc-provider';
import type { ExtraClientMetadata } from '../domain/clients/clients.ts';
import type { EngineClient } from './pages.ts';

/** The engine's client object, which carries Postern's own members under the names they are stored with. */
export type EngineClientObject = NonNullable<KoaContextWithOIDC['oidc']['client']>;

export const extraOf = (client: EngineClientObject): ExtraClientMetadata => client as unknown as ExtraClientMetadata;

/** Public clients always, confidential ones only when they were told to (security.md e-5). */
export function rotatesRefreshTokens(client: EngineClientObject): boolean {
  return extraOf(client).postern_rotate_refresh_token ?? client.clientAuthMethod === 'none';
}

/** What a page may say about the client of this request. */
export function engineClientOf(ctx: KoaContextWithOIDC): EngineClient | undefined {
  const client = ctx.oidc?.client;
  if (!client) return undefined;
  const redirectUri = ctx.oidc.params?.redirect_uri;
  return {
    clientId: client.clientId,
    clientName: client.clientName,
    redirectUri: typeof redirectUri === 'string' ? redirectUri : client.redirectUris?.[0],
  };
}
