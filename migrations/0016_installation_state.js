// @ts-check
/**
 * `not_before`: what was issued before it is worth nothing (set by a restore). `brand`: the name and colours that the file
 * declared when it was applied last, as JSON.
 * @param {import('knex').Knex} knex
 */
export const up = (knex) =>
  knex.schema.alterTable('installation', (table) => {
    table.bigInteger('not_before').nullable();
    table.text('brand').nullable();
  });

export const down = () => {
  throw new Error('Migrations only go forward. Restore the backup that was taken before.');
};
