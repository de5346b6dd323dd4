import { generateKeyPair as generateKeyPairCallback } from 'node:crypto';
import { promisify } from 'node:util';
import Provider, { type Configuration } from 'oidc-provider';
import { identityScopes } from '../../../src/base/scopes.ts';
import {
  type EngineMetadata,
  extraClientMetadata,
  validateExtraClientMetadata,
} from '../../../src/domain/clients/clients.ts';

type EngineClient = {
  redirectUris: string[];
  redirectUriAllowed(uri: string): boolean;
  scope?: string;
  [member: string]: unknown;
};
type ClientClass = {
  new (metadata: Record<string, unknown>): EngineClient;
  validate(metadata: EngineMetadata): Promise<void>;
};

/** The engine's own client class, configured about as Postern does: what its checks are compared with. */
export async function engineClientClass(): Promise<ClientClass> {
  const generateKeyPair = promisify(generateKeyPairCallback);
  const rsa = (await generateKeyPair('rsa', { modulusLength: 2048 })).privateKey.export({ format: 'jwk' });
  const ec = (await generateKeyPair('ec', { namedCurve: 'P-256' })).privateKey.export({ format: 'jwk' });
  const nothing = async () => undefined;
  const configuration: Configuration = {
    adapter: () => ({
      upsert: nothing,
      find: nothing,
      findByUid: nothing,
      findByUserCode: nothing,
      consume: nothing,
      destroy: nothing,
      revokeByGrantId: nothing,
    }),
    jwks: {
      keys: [
        { ...rsa, kid: 'rsa', alg: 'RS256', use: 'sig' },
        { ...ec, kid: 'ec', alg: 'ES256', use: 'sig' },
      ] as never,
    },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      deviceFlow: { enabled: true },
      rpInitiatedLogout: { enabled: true },
      dPoP: { enabled: true },
      pushedAuthorizationRequests: { enabled: true },
    },
    responseTypes: ['code', 'id_token', 'code id_token'],
    acrValues: ['urn:postern:password'],
    scopes: [...identityScopes],
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'],
    extraClientMetadata: { properties: [...extraClientMetadata], validator: validateExtraClientMetadata },
  };
  return new Provider('http://localhost:4400', configuration).Client as unknown as ClientClass;
}
