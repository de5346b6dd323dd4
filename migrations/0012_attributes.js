// @ts-check
/**
 * What a team says about its people besides the standard claims: names and types; the values stand with the accounts.
 * @param {import('knex').Knex} knex
 */
export const up = (knex) =>
  knex.schema.createTable('attributes', (table) => {
    table.text('name').primary();
    table.text('type').notNullable();
    table.text('description').nullable();
    table.text('origin').notNullable();
    table.bigInteger('created_at').notNullable();
    table.bigInteger('updated_at').notNullable();
    table.integer('version').notNullable();
  });

export const down = () => {
  throw new Error('Migrations only go forward. Restore the backup that was taken before.');
};
