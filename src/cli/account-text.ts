import type { Account, App } from '../app.ts';
import type { Io } from './output.ts';
import { printFacts } from './table.ts';
import { originText, timeText, valueText } from './words.ts';

/** Everything about one account for people: what it says, where it is signed in, and which apps are open to it. */
export async function printAccount(io: Io, { access, attributes, sessions }: App, account: Account): Promise<void> {
  const { attributeText } = await import('../app.ts');
  const types = new Map((await attributes.list()).map(({ name, type }) => [name, type]));
  const values = Object.entries(account.attributes).map(
    ([name, value]) => `${name}: ${attributeText(types.get(name) ?? 'json', value).replaceAll('\n', ', ')}`,
  );
  const claims = Object.entries(account.claims).map(([name, value]) => `${name}: ${valueText(value)}`);
  const { email, emailVerified, disabled, hasPassword } = account;
  printFacts(io, [
    ['User name', account.username],
    ['Id', account.id],
    ['Name', account.name ?? ''],
    ['E-mail', email === undefined ? '' : `${email}${emailVerified ? ' (verified)' : ''}`],
    ['Groups', account.groups.join(', ')],
    ['Claims', claims.join('\n')],
    ['Attributes', values.join('\n')],
    ['State', disabled ? 'disabled' : hasPassword ? 'can sign in' : 'has no password yet: postern account link'],
    ['Owned by', originText(account.origin)],
    ['Created', timeText(account.createdAt)],
    ['Changed', timeText(account.updatedAt)],
    ['Sessions', String((await sessions.listOfAccount(account.id)).length)],
    ['Apps', (await appsOf(access, account)).join('\n') || 'none'],
  ]);
}

async function appsOf(access: App['access'], account: Account): Promise<string[]> {
  const open = (await access.clientsOf(account)).filter(({ allowed }) => allowed);
  return open.map(({ clientId, by, roles }) => {
    const why = by === undefined ? '' : ` by ${by}`;
    return `${clientId}${why}${roles.length > 0 ? `, as ${roles.join(', ')}` : ''}`;
  });
}
