// @ts-check
/**
 * Credentials of the REST API: a digest of the key, what it may do, until when, and what it ends with: the account, key or
 * client that made it.
 * @param {import('knex').Knex} knex
 */
export const up = (knex) =>
  knex.schema.createTable('api_keys', (table) => {
    table.text('id').primary();
    table.text('name').notNullable();
    table.text('hash').notNullable().unique({ indexName: 'api_keys_hash' });
    table.text('scopes').notNullable();
    table.text('created_by').nullable();
    table.text('created_by_key').nullable();
    table.text('created_by_client').nullable();
    table.bigInteger('created_at').notNullable();
    table.bigInteger('expires_at').notNullable();
    table.bigInteger('last_used_at').nullable();
    table.bigInteger('revoked_at').nullable();
  });

export const down = () => {
  throw new Error('Migrations only go forward. Restore the backup that was taken before.');
};
