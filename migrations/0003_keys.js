// @ts-check
/**
 * The issuer's signing keys. The private JWK is sealed; the public part can be derived from it.
 * @param {import('knex').Knex} knex
 */
export const up = (knex) =>
  knex.schema.createTable('keys', (table) => {
    table.text('kid').primary();
    table.text('algorithm').notNullable();
    table.text('state').notNullable();
    table.binary('sealed_jwk').notNullable();
    table.bigInteger('created_at').notNullable();
    table.bigInteger('activated_at').nullable();
  });

export const down = () => {
  throw new Error('Migrations only go forward. Restore the backup that was taken before.');
};
