/** Which clients a signing key matters to: those that verify what it signs. Pure. */
import type { Algorithm } from '../../base/algorithms.ts';
import { type Client, idTokenAlgorithmOf } from '../clients/clients.ts';

/** A resource whose access tokens are JWTs (RFC 9068). */
export type SignedResource = { identifier: string; algorithm: Algorithm };

type Verifier = Pick<Client, 'grantTypes' | 'scope' | 'idTokenSignedResponseAlg' | 'resourceServer'>;

/** Whether the client gets ID tokens of that algorithm, or JWT access tokens of it are sent to it as a resource server. */
export const verifies = (client: Verifier, algorithm: Algorithm, resources: readonly SignedResource[]): boolean =>
  idTokenAlgorithmOf(client) === algorithm ||
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

const isServerOf = ({ resourceServer }: Verifier, { identifier }: SignedResource): boolean =>
  resourceServer === true || resourceServer?.includes(identifier) === true;
