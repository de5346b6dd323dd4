// @ts-check
/**
 * Key sets played against a client, in `dev` and `testing`. `running` is 1 for the one that runs, else null: so there is
 * one. It ends at `ends_at` also when nobody ends it. `sealed_keys` is empty once it has ended; `steps`: what the client
 * did, as JSON Lines.
 * @param {import('knex').Knex} knex
 */
export const up = (knex) =>
  knex.schema.createTable('rehearsals', (table) => {
    table.text('id').primary();
    table.text('variant').notNullable();
    table.text('client_id').nullable();
    table.integer('running').nullable().unique({ indexName: 'rehearsals_running' });
    table.bigInteger('started_at').notNullable();
    table.bigInteger('ends_at').notNullable();
    table.bigInteger('ended_at').nullable();
    table.binary('sealed_keys').notNullable();
    table.text('public_keys').notNullable();
    table.text('steps').notNullable();
  });

export const down = () => {
  throw new Error('Migrations only go forward. Restore the backup that was taken before.');
};
