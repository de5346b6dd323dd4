// @ts-check
/**
 * Counters with an end: how much of a limit has been used since its window began. Shared by all nodes.
 * @param {import('knex').Knex} knex
 */
export const up = (knex) =>
  knex.schema.createTable('throttle_buckets', (table) => {
    table.text('key').primary();
    table.integer('count').notNullable();
    table.bigInteger('expires_at').notNullable().index('throttle_buckets_expiry');
  });

export const down = () => {
  throw new Error('Migrations only go forward. Restore the backup that was taken before.');
};
