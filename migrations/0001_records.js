// @ts-check
/**
 * What the protocol issued: sessions, grants, codes, tokens, interactions. A rowid table with a unique key (a clustered
 * random key costs 2.4 times as much per insert at a million rows). Payloads are sealed, ids are HMACs; the columns
 * beside them are what has to be found: by grant, by session uid, by user code, by account, by time.
 * @param {import('knex').Knex} knex
 */
export const up = (knex) =>
  knex.schema
    .createTable('records', (table) => {
      table.binary('key').notNullable().unique({ indexName: 'records_key' });
      table.specificType('model', 'smallint').notNullable();
      table.binary('payload').notNullable();
      table.binary('grant_key').nullable();
      table.binary('uid_key').nullable();
      table.binary('user_code_key').nullable();
      table.text('account_id').nullable();
      table.text('client_id').nullable();
      table.bigInteger('expires_at').nullable();
      table.bigInteger('consumed_at').nullable();
    })
    .raw('CREATE INDEX records_grant ON records (grant_key) WHERE grant_key IS NOT NULL')
    .raw('CREATE UNIQUE INDEX records_uid ON records (uid_key) WHERE uid_key IS NOT NULL')
    .raw('CREATE UNIQUE INDEX records_user_code ON records (user_code_key) WHERE user_code_key IS NOT NULL')
    .raw('CREATE INDEX records_account ON records (account_id) WHERE model IN (1, 2) AND account_id IS NOT NULL')
    .raw('CREATE INDEX records_expiry ON records (expires_at) WHERE expires_at IS NOT NULL')
    .createTable('revoked_grants', (table) => {
      table.binary('grant_key').primary();
      table.bigInteger('revoked_at').notNullable();
      table.bigInteger('expires_at').notNullable();
    });

export const down = () => {
  throw new Error('Migrations only go forward. Restore the backup that was taken before.');
};
