import type { App, AuditEvent } from '../app.ts';
import { createUsernames } from './account-names.ts';
import { jsonText, printable } from './output.ts';
import { secondsText } from './words.ts';

const longestEvent = 24;

/** Events for people: the names of accounts instead of ids, in cells of a table or as one line. */
export function createEventText(app: App) {
  const username = createUsernames(app);

  async function by({ actor }: AuditEvent): Promise<string> {
    if (actor.id === undefined) return actor.type;
    return actor.type === 'account' ? username(actor.id) : `${actor.type} ${actor.id}`;
  }

  async function about({ accountId, clientId }: AuditEvent): Promise<string> {
    const person = accountId === undefined ? undefined : await username(accountId);
    return [person, clientId].filter((name) => name !== undefined).join(' → ');
  }

  return {
    cells: async (event: AuditEvent): Promise<string[]> => [
      ...[secondsText(event.at), event.event, await by(event), await about(event)],
      ...[event.ip ?? '', detailText(event.detail)],
    ],
    /** The same in one line, for a log that goes on: without widths to wait for. */
    async line(event: AuditEvent): Promise<string> {
      const whom = await about(event);
      const parts = [
        ...[secondsText(event.at), event.event.padEnd(longestEvent), `by ${await by(event)}`],
        ...[whom === '' ? '' : `about ${whom}`, event.ip === undefined ? '' : `from ${event.ip}`],
        detailText(event.detail),
      ];
      return printable(parts.filter((part) => part !== '').join('  '));
    },
  };
}

const detailText = (detail: object): string =>
  Object.entries(detail)
    .map(([name, value]) => `${name}=${isTime(name, value) ? secondsText(value) : memberText(value)}`)
    .join(' ');

const memberText = (value: unknown): string => (typeof value === 'string' ? value : jsonText(value));

const isTime = (name: string, value: unknown): value is number => /At$/.test(name) && typeof value === 'number';
