/** A world with somebody in each role at the doors of our own, and what the sweeps over the route table look at. */
import { createHash } from 'node:crypto';
import { visitorAt } from './door-visitor.ts';
import { until } from './spawned.ts';
import { addDeliveries } from './told.ts';
import { createWorld, type WorldOptions } from './world.ts';

export const by = { by: { type: 'operator' } } as const;
const ofJobs = ['leases', 'key_set_fetches', 'client_addresses', 'client_life', 'client_key_uses'];
export type Stage = Awaited<ReturnType<typeof createStage>>;

export async function createStage(options: WorldOptions = {}) {
  const world = await createWorld(options);
  const { accounts, groups, attributes, audit, db, http, keys, deliveries } = world.postern;
  await groups.create({ name: 'auditors' }, by);
  await attributes.create({ name: 'department', type: 'string' }, by);
  const auditor = await person('ines', ['auditors']);
  const kid = (await keys.signingSet()).active.get('RS256')?.kid ?? '';
  const told = await addDeliveries(world.postern, {
    accountId: world.people.alice.id,
    apps: [{ clientId: 'app', state: 'confirmed', tries: [{ status: 200 }] }],
  });
  let count = 0;

  async function person(username: string, members: string[] = []) {
    const password = `quiet lantern over ${username} seven`;
    const { id } = await accounts.create({ username, password, groups: members }, by);
    return { id, username, password };
  }

  return {
    ...world,
    auditor,
    /** Of a signing key that stays. */
    kid,
    /** A delivery that stays as it is. */
    told,
    routes: http.routes,
    /** Somebody, or a name, that nobody used before. */
    person: (members: string[] = []) => person(`somebody${++count}`, members),
    unused: (prefix: string) => `${prefix}${++count}`,
    at: (path: string, who: { username: string; password: string }) => visitorAt(world, path, who),

    /** The events of the audit log from that one on, oldest first. */
    async eventsSince(id: string): Promise<string[]> {
      return (await audit.listSince(db, { since: id, limit: 100 })).map(({ event }) => event);
    },
    lastEvent: async () => (await audit.list(db, { limit: 1 })).items[0]?.id ?? '',

    /**
     * One value for the content of the whole database, once what jobs do with it by themselves is done: apps that are to be
     * told of a sign-out are, and what is only noted does not count.
     */
    async digest(): Promise<string> {
      await until(async () => (await deliveries.count()).waiting === 0);
      const hash = createHash('sha256');
      const tables = await db.all<{ name: string }>(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'leases' ORDER BY name",
      );
      for (const { name } of tables.filter((table) => !ofJobs.includes(table.name)))
        hash.update(name).update(JSON.stringify(await db.all(`SELECT * FROM "${name}"`)));
      return hash.digest('hex');
    },
  };
}
