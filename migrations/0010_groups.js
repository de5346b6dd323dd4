// @ts-check
/**
 * Groups of people. A group is known by its name, which never changes; who is in one stands with the accounts.
 * @param {import('knex').Knex} knex
 */
export const up = (knex) =>
  knex.schema.createTable('groups', (table) => {
    table.text('name').primary();
    table.text('description').nullable();
    table.text('origin').notNullable();
    table.bigInteger('created_at').notNullable();
    table.bigInteger('updated_at').notNullable();
    table.integer('version').notNullable();
  });

/**
 * Groups were free text on accounts before.
 * @param {{ all(sql: string): Promise<any[]>, run(sql: string, values?: any[]): Promise<unknown> }} tx
 */
export async function rewrite(tx) {
  const rows = await tx.all('SELECT group_names, created_at FROM accounts ORDER BY created_at');
  for (const { group_names, created_at } of rows) {
    for (const name of JSON.parse(group_names)) {
      await tx.run(
        `INSERT INTO groups (name, description, origin, created_at, updated_at, version) VALUES (?, NULL, 'admin', ?, ?, 1)
         ON CONFLICT (name) DO NOTHING`,
        [name, created_at, created_at],
      );
    }
  }
}

export const down = () => {
  throw new Error('Migrations only go forward. Restore the backup that was taken before.');
};
