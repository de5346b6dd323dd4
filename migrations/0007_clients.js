// @ts-check
/**
 * Who may ask for tokens. The metadata is JSON under its RFC 7591 names, secrets are SHA-256 of generated values;
 * `version` grows with each change and makes every change a compare-and-set.
 * @param {import('knex').Knex} knex
 */
export const up = (knex) =>
  knex.schema.createTable('clients', (table) => {
    table.text('id').primary();
    table.text('name').notNullable();
    table.text('metadata').notNullable();
    table.text('secrets').notNullable();
    table.text('origin').notNullable();
    table.integer('disabled').notNullable();
    table.bigInteger('created_at').notNullable();
    table.bigInteger('updated_at').notNullable();
    table.integer('version').notNullable();
  });

export const down = () => {
  throw new Error('Migrations only go forward. Restore the backup that was taken before.');
};
