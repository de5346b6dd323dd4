// @ts-check
/**
 * When `dev` put its sample people into this database, so that `serve` never lets them in: their passwords are known.
 * @param {import('knex').Knex} knex
 */
export const up = (knex) =>
  knex.schema.alterTable('installation', (table) => {
    table.bigInteger('samples_at').nullable();
  });

/**
 * An earlier `dev` left its sample client beside them.
 * @param {{ run(sql: string): Promise<unknown> }} tx
 */
export async function rewrite(tx) {
  await tx.run(
    `UPDATE installation SET samples_at = created_at WHERE EXISTS (SELECT 1 FROM clients WHERE origin = 'sample')`,
  );
}

export const down = () => {
  throw new Error('Migrations only go forward. Restore the backup that was taken before.');
};
