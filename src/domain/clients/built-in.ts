/** Postern's own pages as clients: they sign people in by the same protocol, and stand in no table. */
import { type OwnClientId, ownClientIds } from '../../base/own-clients.ts';
import type { EngineMetadata } from './engine-metadata.ts';

const pages: Record<OwnClientId, { name: string; path: string }> = {
  'postern-account': { name: 'Your account', path: '/account' },
  'postern-admin': { name: 'Administration', path: '/admin' },
};

/**
 * Both clients as the engine gets them, for this issuer (URL without trailing slash): public with PKCE, first-party, for
 * everybody, one redirect URI each. Who may administer is decided behind the sign-in.
 */
export function builtInClients(issuer: string): EngineMetadata[] {
  return ownClientIds.map((id) => ({
    client_id: id,
    client_name: pages[id].name,
    scope: 'openid',
    postern_origin: 'built_in',
    postern_scopes: ['openid'],
    token_endpoint_auth_method: 'none',
    application_type: 'web',
    redirect_uris: [`${issuer}${pages[id].path}/callback`],
    post_logout_redirect_uris: [],
    grant_types: ['authorization_code'],
    response_types: ['code'],
    postern_first_party: true,
    postern_claims_in_id_token: false,
  }));
}
