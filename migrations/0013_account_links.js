// @ts-check
/**
 * Single-use links by which a person chooses a password, and the first administrator an account. The id is a digest of
 * what the link carries.
 * @param {import('knex').Knex} knex
 */
export const up = (knex) =>
  knex.schema.createTable('account_links', (table) => {
    table.text('id').primary();
    table.text('purpose').notNullable();
    table
      .text('account_id')
      .nullable()
      .references('id')
      .inTable('accounts')
      .onDelete('CASCADE')
      .index('account_links_account');
    table.bigInteger('created_at').notNullable();
    table.bigInteger('expires_at').notNullable().index('account_links_expiry');
  });

export const down = () => {
  throw new Error('Migrations only go forward. Restore the backup that was taken before.');
};
