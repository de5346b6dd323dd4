/** Which clients a signing key matters to: those that verify what it signs. Pure. */
import type { Algorithm } from '../../base/algorithms.ts';
import type { Client } from '../clients/clients.ts';

/** A resource whose access tokens are JWTs (RFC 9068). */
export type SignedResource = { identifier: string; algorithm: Algorithm };

type Verifier = Pick<Client, 'grantTypes' | 'scope' | 'idTokenSignedResponseAlg' | 'resourceServer'>;

/** Whether the client gets ID tokens of that algorithm, or JWT access tokens of it are sent to it as a resource server. */
export const verifies = (client: Verifier, algorithm: Algorithm, resources: readonly SignedResource[]): boolean =>
  (getsIdTokens(client) && (client.idTokenSignedResponseAlg ?? 'RS256') === algorithm) ||
  resources.some((resource) => resource.algorithm === algorithm && isServerOf(client, resource));

/** The resources of that algorithm that no client stands for: who verifies their tokens cannot be seen. */
export const resourcesWithoutServer = (
  clients: readonly Verifier[],
  algorithm: Algorithm,
  resources: readonly SignedResource[],
): string[] =>
  resources
    .filter((resource) => resource.algorithm === algorithm && !clients.some((client) => isServerOf(client, resource)))
    .map(({ identifier }) => identifier);

/** A machine gets tokens for itself alone, and a refresh token comes from one of the other grants. */
const withoutPerson: readonly string[] = ['client_credentials', 'refresh_token'];

const getsIdTokens = ({ grantTypes, scope }: Verifier): boolean =>
  grantTypes.some((grant) => !withoutPerson.includes(grant)) &&
  (scope === undefined || scope.split(' ').includes('openid'));

const isServerOf = ({ resourceServer }: Verifier, { identifier }: SignedResource): boolean =>
  resourceServer === true || resourceServer?.includes(identifier) === true;
