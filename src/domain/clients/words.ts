/** The closed lists that a client's metadata is made of. */

export const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code';
export const grantTypes = [
  ...(['authorization_code', 'refresh_token', 'client_credentials'] as const),
  deviceGrant,
  'implicit',
] as const;
export const authMethods = ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'] as const;
export const responseTypes = ['code', 'id_token', 'code id_token'] as const;
export const responseModes = ['query', 'fragment', 'form_post'] as const;
export const applicationTypes = ['web', 'native'] as const;
export const clientKinds = ['web', 'spa', 'native', 'machine', 'gateway'] as const;

export type ClientAuthMethod = (typeof authMethods)[number];
export type ResponseType = (typeof responseTypes)[number];
export type ApplicationType = (typeof applicationTypes)[number];
/** What a person picks instead of raw metadata: browser app with a server, single page, device, machine, gateway. */
export type ClientKind = (typeof clientKinds)[number];

/** Whether a client that authenticates this way has a secret of its own. */
export const usesSecret = (method: ClientAuthMethod): boolean =>
  method === 'client_secret_basic' || method === 'client_secret_post';
