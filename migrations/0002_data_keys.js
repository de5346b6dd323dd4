// @ts-check
/**
 * The random keys that protect everything else at rest, each sealed under the secret of the installation.
 * @param {import('knex').Knex} knex
 */
export const up = (knex) =>
  knex.schema.createTable('data_keys', (table) => {
    table.text('id').primary();
    table.text('purpose').notNullable();
    table.text('secret_id').notNullable();
    table.binary('sealed_key').notNullable();
    table.bigInteger('created_at').notNullable();
  });

export const down = () => {
  throw new Error('Migrations only go forward. Restore the backup that was taken before.');
};
