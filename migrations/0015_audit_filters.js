// @ts-check
/**
 * The log by person, by client and by kind of event, newest first.
 * @param {import('knex').Knex} knex
 */
export const up = (knex) =>
  knex.schema.alterTable('audit_events', (table) => {
    table.index(['account_id', 'id'], 'audit_events_account');
    table.index(['client_id', 'id'], 'audit_events_client');
    table.index(['event', 'id'], 'audit_events_event');
  });

export const down = () => {
  throw new Error('Migrations only go forward. Restore the backup that was taken before.');
};
