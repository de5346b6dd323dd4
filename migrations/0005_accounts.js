// @ts-check
/**
 * People. `account_names` holds what a person may type to sign in (user name and verified e-mail address) in canonical
 * form; its key makes each name belong to one account, whatever kind of name it is.
 * @param {import('knex').Knex} knex
 */
export const up = (knex) =>
  knex.schema
    .createTable('accounts', (table) => {
      table.text('id').primary();
      table.text('username').notNullable();
      table.text('name').nullable();
      table.text('email').nullable();
      table.integer('email_verified').notNullable();
      table.text('claims').notNullable();
      table.text('group_names').notNullable();
      table.text('password_hash').nullable();
      table.integer('disabled').notNullable();
      table.bigInteger('created_at').notNullable();
      table.bigInteger('updated_at').notNullable();
    })
    .createTable('account_names', (table) => {
      table.text('name').primary();
      table
        .text('account_id')
        .notNullable()
        .references('id')
        .inTable('accounts')
        .onDelete('CASCADE')
        .index('account_names_account');
    });

export const down = () => {
  throw new Error('Migrations only go forward. Restore the backup that was taken before.');
};
