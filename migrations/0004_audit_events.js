// @ts-check
/**
 * What happened, to whom, by whom, from where. Ids sort by time (hex), so the newest page is a walk along the key.
 * @param {import('knex').Knex} knex
 */
export const up = (knex) =>
  knex.schema.createTable('audit_events', (table) => {
    table.text('id').primary();
    table.bigInteger('at').notNullable();
    table.text('event').notNullable();
    table.text('actor_type').notNullable();
    table.text('actor_id').nullable();
    table.text('account_id').nullable();
    table.text('client_id').nullable();
    table.text('ip').nullable();
    table.text('request_id').nullable();
    table.text('detail').notNullable();
  });

export const down = () => {
  throw new Error('Migrations only go forward. Restore the backup that was taken before.');
};
