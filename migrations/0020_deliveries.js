// @ts-check
/**
 * Who was signed out, why and by whom; which app has to hear of it (`sid`: its name for the session, OpenID Connect
 * Front-Channel Logout 1.0 §3); and each attempt to tell it. `claim` and `claimed_until`: who is telling it right now.
 * @param {import('knex').Knex} knex
 */
export const up = (knex) =>
  knex.schema
    .createTable('sign_outs', (table) => {
      table.text('id').primary();
      table.text('account_id').notNullable();
      table.text('reason').notNullable();
      table.text('actor_type').notNullable();
      table.text('actor_id').nullable();
      table.bigInteger('at').notNullable();
    })
    .createTable('deliveries', (table) => {
      table.text('id').primary();
      table.text('sign_out_id').notNullable().index('deliveries_sign_out');
      table.text('client_id').notNullable();
      table.text('account_id').notNullable();
      table.text('sid').nullable();
      table.text('state').notNullable();
      table.integer('attempts').notNullable().defaultTo(0);
      table.bigInteger('created_at').notNullable();
      table.bigInteger('due_at').notNullable();
      table.bigInteger('give_up_at').notNullable();
      table.bigInteger('settled_at').nullable();
      table.text('claim').nullable();
      table.bigInteger('claimed_until').nullable();
      table.index(['client_id', 'id'], 'deliveries_client');
      table.index(['account_id', 'id'], 'deliveries_account');
      table.index(['state', 'id'], 'deliveries_state');
    })
    .createTable('delivery_attempts', (table) => {
      table.text('delivery_id').notNullable();
      table.integer('number').notNullable();
      table.bigInteger('at').notNullable();
      table.integer('milliseconds').notNullable();
      table.integer('status').nullable();
      table.text('problem').nullable();
      table.text('answer').notNullable();
      table.primary(['delivery_id', 'number']);
    })
    .raw('CREATE INDEX deliveries_settled ON deliveries (settled_at) WHERE settled_at IS NOT NULL')
    .raw(`CREATE INDEX deliveries_due ON deliveries (client_id, due_at) WHERE state = 'waiting'`);

export const down = () => {
  throw new Error('Migrations only go forward. Restore the backup that was taken before.');
};
