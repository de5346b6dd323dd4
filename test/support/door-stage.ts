/** A world with somebody in each role at the doors of our own, and what the sweeps over the route table look at. */
import { createHash } from 'node:crypto';
import { visitorAt } from './door-visitor.ts';
import { createWorld, type WorldOptions } from './world.ts';

export const by = { by: { type: 'operator' } } as const;
export type Stage = Awaited<ReturnType<typeof createStage>>;

export async function createStage(options: WorldOptions = {}) {
  const world = await createWorld(options);
  const { accounts, groups, attributes, audit, db, http } = world.postern;
  await groups.create({ name: 'auditors' }, by);
  await attributes.create({ name: 'department', type: 'string' }, by);
  const auditor = await person('ines', ['auditors']);
  let count = 0;

  async function person(username: string, members: string[] = []) {
    const password = `quiet lantern over ${username} seven`;
    const { id } = await accounts.create({ username, password, groups: members }, by);
    return { id, username, password };
  }

  return {
    ...world,
    auditor,
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

    /** One value for the content of the whole database. */
    async digest(): Promise<string> {
      const hash = createHash('sha256');
      const tables = await db.all<{ name: string }>(
        "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name",
      );
      for (const { name } of tables) hash.update(name).update(JSON.stringify(await db.all(`SELECT * FROM "${name}"`)));
      return hash.digest('hex');
    },
  };
}
