/** Which clients name a group, an attribute or an algorithm, and where: what must be known before one of them goes. */
import type { Algorithm } from '../../base/algorithms.ts';
import type { Db } from '../../db/db.ts';
import { attributesNamed, groupsNamed } from './policy.ts';
import { allClients } from './store.ts';

/** `where` is the member of the client, for example `access` or `claims[0].attribute`. */
export type ClientUse = { clientId: string; where: string };

export async function usesOfGroup(db: Db, name: string): Promise<ClientUse[]> {
  return usesIn(db, ({ postern_access: access, postern_roles: roles }) =>
    groupsNamed({ access, roles }).flatMap(({ group, path }) => (group === name ? [path] : [])),
  );
}

export async function usesOfAttribute(db: Db, name: string): Promise<ClientUse[]> {
  return usesIn(db, ({ postern_claims: claims }) =>
    attributesNamed({ claims }).flatMap(({ attribute, path }) => (attribute === name ? [path] : [])),
  );
}

/** A client that names none has its ID tokens signed with RS256 (OpenID Connect Dynamic Client Registration 1.0 §2). */
export async function usesOfAlgorithm(db: Db, algorithm: Algorithm): Promise<ClientUse[]> {
  return usesIn(db, ({ id_token_signed_response_alg: named = 'RS256' }) =>
    named === algorithm ? ['idTokenSignedResponseAlg'] : [],
  );
}

type Metadata = Awaited<ReturnType<typeof allClients>>[number]['metadata'];

async function usesIn(db: Db, placesIn: (metadata: Metadata) => string[]): Promise<ClientUse[]> {
  const clients = await allClients(db);
  return clients.flatMap(({ id, metadata }) => placesIn(metadata).map((where) => ({ clientId: id, where })));
}
