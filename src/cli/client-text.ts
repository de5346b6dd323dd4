import type { Client } from '../app.ts';
import type { Io } from './output.ts';
import { printFacts } from './table.ts';
import { originText, timeText, valueText } from './words.ts';

/** Who may sign in: a word, or the groups. */
export const accessText = ({ access }: Pick<Client, 'access'>): string =>
  Array.isArray(access) ? access.join(', ') : access;

/** What has a line of its own, or is what every client says. */
const told = new Set([
  'id',
  'name',
  'disabled',
  'access',
  'roles',
  'secrets',
  'origin',
  'createdAt',
  'updatedAt',
  'version',
]);

/** Everything about one client for people; `answer` is the client as the API tells it, so no member is left out. */
export function printClient(io: Io, client: Client, answer: Readonly<Record<string, unknown>>): void {
  const roles = Object.entries(client.roles).map(([role, groups]) => `${role}: ${groups.join(', ')}`);
  const secrets = client.secrets.map(({ id, createdAt, expiresAt }) => {
    const ends = expiresAt === null ? '' : `, ends at ${timeText(expiresAt)}`;
    return `${id} of ${timeText(createdAt)}${ends}`;
  });
  const members = Object.entries(answer).filter(([name, value]) => !told.has(name) && !isNothing(name, value));
  printFacts(io, [
    ['Id', client.id],
    ['Name', client.name],
    ['State', client.disabled ? 'switched off' : 'switched on'],
    ['Who may sign in', accessText(client)],
    ['Roles', roles.join('\n')],
    ['Secrets', secrets.join('\n')],
    ['Owned by', originText(client.origin)],
    ['Created', timeText(client.createdAt)],
    ['Changed', timeText(client.updatedAt)],
    ...members.map(([name, value]) => [name, textOf(value)] as const),
  ]);
}

/** What a client does unless it says no. */
const usual: ReadonlySet<string> = new Set(['claimsInIdToken', 'frontchannelLogoutSessionRequired']);

const isNothing = (name: string, value: unknown): boolean =>
  value === undefined || (value === false && !usual.has(name)) || (Array.isArray(value) && value.length === 0);

const textOf = (value: unknown): string => (Array.isArray(value) ? value.map(valueText).join('\n') : valueText(value));
