/** What depends on the kind of a client and on its other members, where the input leaves it out. Pure. */
import type { ParsedInput } from './input.ts';
import {
  type ApplicationType,
  type ClientAuthMethod,
  type ClientKind,
  deviceGrant,
  type ResponseType,
} from './words.ts';

type KindDefaults = {
  applicationType: ApplicationType;
  tokenEndpointAuthMethod: ClientAuthMethod;
  grantTypes: readonly string[];
  claimsInIdToken?: boolean;
};

const code = ['authorization_code', 'refresh_token'];

const defaults: Readonly<Record<ClientKind, KindDefaults>> = {
  web: { applicationType: 'web', tokenEndpointAuthMethod: 'client_secret_basic', grantTypes: code },
  // No secret survives in a browser (RFC 9700 §2.1.1).
  spa: { applicationType: 'web', tokenEndpointAuthMethod: 'none', grantTypes: code },
  native: { applicationType: 'native', tokenEndpointAuthMethod: 'none', grantTypes: [...code, deviceGrant] },
  machine: {
    ...{ applicationType: 'web', tokenEndpointAuthMethod: 'client_secret_basic' },
    grantTypes: ['client_credentials'],
  },
  // Gateways read groups from the ID token and seldom ask /userinfo.
  gateway: {
    ...{ applicationType: 'web', tokenEndpointAuthMethod: 'client_secret_basic' },
    ...{ grantTypes: code, claimsInIdToken: true },
  },
};

/** The input with everything filled in. */
export type SettledInput = ParsedInput & {
  applicationType: ApplicationType;
  method: ClientAuthMethod;
  grants: string[];
  types: ResponseType[];
};

export function settled(client: ParsedInput): SettledInput {
  const { kind, responseTypes, claimsInIdToken } = client;
  const grants = new Set([
    ...(client.grantTypes ?? defaultGrants(client)),
    // RFC 7591 §2.1: what comes straight out of the authorization endpoint is the implicit grant.
    ...(responseTypes?.some((type) => type !== 'code') ? ['implicit'] : []),
  ]);
  return {
    ...client,
    applicationType: applicationTypeOf(client),
    method: authMethodOf(client),
    grants: [...grants],
    // Never an ID token through the browser that nobody has asked for.
    types: [...new Set(responseTypes ?? (grants.has('authorization_code') ? (['code'] as const) : []))],
    claimsInIdToken: claimsInIdToken ?? (kind && defaults[kind].claimsInIdToken),
  };
}

/** What the client is taken for where it does not say so itself. */
export function applicationTypeOf({
  kind,
  applicationType,
}: Pick<ParsedInput, 'kind' | 'applicationType'>): ApplicationType {
  return applicationType ?? (kind ? defaults[kind].applicationType : 'web');
}

function authMethodOf({ kind, applicationType, tokenEndpointAuthMethod }: ParsedInput): ClientAuthMethod {
  if (tokenEndpointAuthMethod) return tokenEndpointAuthMethod;
  if (kind) return defaults[kind].tokenEndpointAuthMethod;
  return applicationType === 'native' ? 'none' : 'client_secret_basic';
}

/** Without a kind, a client that has no redirect URIs is a machine. A native app without them signs in on another device. */
function defaultGrants({ kind, redirectUris, responseTypes }: ParsedInput): readonly string[] {
  if (kind === undefined && redirectUris.length === 0) return ['client_credentials'];
  if (kind === 'machine') return defaults.machine.grantTypes;
  if (kind === 'native' && redirectUris.length === 0) return ['refresh_token', deviceGrant];
  if (responseTypes?.every((type) => type === 'id_token')) return ['implicit'];
  return kind ? defaults[kind].grantTypes : code;
}
