// @ts-check
/**
 * What administering people needs: attributes, who owns the row, a version for compare-and-set, and two columns to list
 * and search by. `account_groups` is the index of `accounts.group_names`, as `account_names` is that of the names.
 * `tokens_from`: what was issued before it is worth nothing. `declared_password`: keyed digest of the password or hash that
 * the file declared last, so that a password changed by its owner is not set back.
 * @param {import('knex').Knex} knex
 */
export const up = (knex) =>
  knex.schema
    .alterTable('accounts', (table) => {
      table.text('attributes').notNullable().defaultTo('{}');
      table.text('origin').notNullable().defaultTo('admin');
      table.integer('version').notNullable().defaultTo(1);
      table.text('username_key').notNullable().defaultTo('');
      table.text('search_text').notNullable().defaultTo('');
      table.bigInteger('tokens_from').nullable();
      table.text('declared_password').nullable();
    })
    .createTable('account_groups', (table) => {
      table.text('group_name').notNullable();
      table
        .text('account_id')
        .notNullable()
        .references('id')
        .inTable('accounts')
        .onDelete('CASCADE')
        .index('account_groups_account');
      table.primary(['group_name', 'account_id']);
    })
    // Covering: a search reads the index alone, in the order in which it is shown.
    .raw('CREATE INDEX accounts_listing ON accounts (username_key, id, disabled, search_text)');

/**
 * The words a name is compared by (see account.ts), as they were when this migration was written.
 * @param {string} name
 */
const canonical = (name) => name.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC').trim();

/** @param {{ all(sql: string): Promise<any[]>, run(sql: string, values?: any[]): Promise<unknown> }} tx */
export async function rewrite(tx) {
  for (const row of await tx.all('SELECT id, username, name, email, group_names FROM accounts')) {
    const words = [row.username, row.name, row.email].filter((text) => text !== null).map(canonical);
    await tx.run('UPDATE accounts SET username_key = ?, search_text = ? WHERE id = ?', [
      canonical(row.username),
      words.join('\n'),
      row.id,
    ]);
    for (const name of new Set(JSON.parse(row.group_names))) {
      await tx.run('INSERT INTO account_groups (group_name, account_id) VALUES (?, ?)', [name, row.id]);
    }
  }
}

export const down = () => {
  throw new Error('Migrations only go forward. Restore the backup that was taken before.');
};
