// @ts-check
/**
 * One row about the installation: when `serve` sealed it, so that `dev` and `testing` never touch real people's data.
 * @param {import('knex').Knex} knex
 */
export const up = (knex) =>
  knex.schema.createTable('installation', (table) => {
    table.integer('id').primary();
    table.text('issuer').notNullable();
    table.bigInteger('created_at').notNullable();
    table.bigInteger('sealed_at').nullable();
  });

export const down = () => {
  throw new Error('Migrations only go forward. Restore the backup that was taken before.');
};
