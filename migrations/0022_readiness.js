// @ts-check
/**
 * What is known of who has which signing key; all times epoch ms, none more exact than a minute.
 * `key_set_fetches`: from which address, or by the pages of which origin, the key set was fetched last, and the kids in it.
 * `client_addresses`: from where a client has called, and when last. `client_life`: when it was heard of last, and the
 * youngest of its tokens that was used: when that one was issued and when it was used. `client_key_uses`: since when a
 * client is handed tokens that a key has signed, and when it got the last one.
 * @param {import('knex').Knex} knex
 */
export const up = (knex) =>
  knex.schema
    .createTable('key_set_fetches', (table) => {
      table.text('source').primary();
      table.text('kids').notNullable();
      table.bigInteger('fetched_at').notNullable();
    })
    .createTable('client_addresses', (table) => {
      table.text('client_id').notNullable();
      table.text('address').notNullable();
      table.bigInteger('seen_at').notNullable();
      table.primary(['client_id', 'address']);
    })
    .createTable('client_life', (table) => {
      table.text('client_id').primary();
      table.bigInteger('alive_at').notNullable();
      table.bigInteger('used_token_at').nullable();
      table.bigInteger('used_at').nullable();
    })
    .createTable('client_key_uses', (table) => {
      table.text('client_id').notNullable();
      table.text('kid').notNullable();
      table.bigInteger('issued_at').notNullable();
      table.bigInteger('seen_at').notNullable();
      table.primary(['client_id', 'kid']);
    });

export const down = () => {
  throw new Error('Migrations only go forward. Restore the backup that was taken before.');
};
