/** Which clients name a group or an attribute, and where: what must be known before either is removed. */
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

type Metadata = Awaited<ReturnType<typeof allClients>>[number]['metadata'];

async function usesIn(db: Db, placesIn: (metadata: Metadata) => string[]): Promise<ClientUse[]> {
  const clients = await allClients(db);
  return clients.flatMap(({ id, metadata }) => placesIn(metadata).map((where) => ({ clientId: id, where })));
}
