// @ts-check
/**
 * Which process does the work that one at a time may do, and until when it has said so (epoch ms).
 * @param {import('knex').Knex} knex
 */
export const up = (knex) =>
  knex.schema.createTable('leases', (table) => {
    table.text('name').primary();
    table.text('holder').notNullable();
    table.bigInteger('expires_at').notNullable();
  });

export const down = () => {
  throw new Error('Migrations only go forward. Restore the backup that was taken before.');
};
