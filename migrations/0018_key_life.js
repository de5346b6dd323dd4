// @ts-check
/**
 * The life of a signing key: when a pending one is to sign (`activates_at`), since when a retiring one does not, when its
 * private part was erased (`removed_at`; `sealed_jwk` is empty then) and whether because it was compromised
 * (`revoked_at`). The public part outlives the private one. One key of each algorithm signs, and one at most waits to.
 * `retired_at` of a data key: since when it only opens.
 * @param {import('knex').Knex} knex
 */
export const up = (knex) =>
  knex.schema
    .alterTable('keys', (table) => {
      table.text('public_jwk').nullable();
      table.bigInteger('activates_at').nullable();
      table.bigInteger('retired_at').nullable();
      table.bigInteger('removed_at').nullable();
      table.bigInteger('revoked_at').nullable();
    })
    .alterTable('data_keys', (table) => {
      table.bigInteger('retired_at').nullable();
    })
    .raw(`CREATE UNIQUE INDEX keys_active ON keys (algorithm) WHERE state = 'active'`)
    .raw(`CREATE UNIQUE INDEX keys_pending ON keys (algorithm) WHERE state = 'pending'`);

export const down = () => {
  throw new Error('Migrations only go forward. Restore the backup that was taken before.');
};
