// @ts-check
/**
 * What a client has, to end it when it is removed: grants (2), tokens for itself (6), device codes (7).
 * @param {import('knex').Knex} knex
 */
export const up = (knex) =>
  knex.schema.raw(
    'CREATE INDEX records_client ON records (client_id) WHERE model IN (2, 6, 7) AND client_id IS NOT NULL',
  );

export const down = () => {
  throw new Error('Migrations only go forward. Restore the backup that was taken before.');
};
