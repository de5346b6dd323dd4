/** `postern api-key …`: credentials of the REST API. */
import type { App } from '../app.ts';
import { createUsernames } from './account-names.ts';
import { answerOf } from './answers.ts';
import { printAll } from './listing.ts';
import { printable } from './output.ts';
import { type Noun, operator, verb } from './verbs.ts';
import { numberFrom, timeText } from './words.ts';

type ApiKeyInput = Parameters<App['apiKeys']['create']>[0];

const add = verb({
  words: ['<name>'],
  help: 'makes a key for the API, shown once; the name says what it is for',
  flags: {
    scope: {
      value: 'a,b',
      help: 'what it may do',
      many: 'list',
    },
    'expires-in-days': { value: 'n', help: 'how long it lasts (default: 90)' },
  },
  more: `
A scope is <what>:read or <what>:write, where write includes read. What: admin (everything), accounts, groups,
attributes, clients, sessions, keys, deliveries, audit, api-keys, directory; and metrics:read.`,
  async run({ words: [name = ''], flags, tell, withApp }) {
    const days = flags['expires-in-days'];
    const input = {
      ...{ name, scopes: flags.scope ?? [] },
      ...(days !== undefined && { expiresInDays: numberFrom('expires-in-days', days, [1, 366]) }),
    } as ApiKeyInput;
    const { apiKey, secret } = await withApp(({ apiKeys }) => apiKeys.create(input, operator));
    const text = `Made ${apiKey.id}; it lasts until ${timeText(apiKey.expiresAt)}.\nKey, shown this once: ${secret}\n`;
    tell(await answerOf('newApiKey', { ...apiKey, secret }), text);
  },
});

const list = verb({
  ...{ words: [], help: 'all keys, also those that no longer work', flags: {} },
  async run(call) {
    await call.withApp(async (app) => {
      const username = createUsernames(app);
      const now = app.clock.now();
      await printAll(
        call,
        {
          columns: [
            ...[{ title: 'name', shrinks: true }, { title: 'state' }, { title: 'may', shrinks: true }],
            ...[{ title: 'made by' }, { title: 'last used' }, { title: 'id' }],
          ],
          row: async (key) => [
            ...[key.name, stateOf(key, now), key.scopes.join(' ')],
            ...[
              key.createdBy === undefined ? (key.createdByClient ?? 'operator') : await username(key.createdBy),
              timeText(key.lastUsedAt),
              key.id,
            ],
          ],
          json: (key) => answerOf('apiKey', key),
          empty: 'There are no API keys yet. Make one: postern api-key add <name> --scope accounts:read',
        },
        await app.apiKeys.list(),
      );
    });
  },
});

function stateOf({ expiresAt, revokedAt }: { expiresAt: number; revokedAt?: number }, now: number): string {
  if (revokedAt !== undefined) return 'revoked';
  return expiresAt <= now ? 'expired' : `until ${timeText(expiresAt)}`;
}

const revoke = verb({
  ...{ words: ['<id>'], help: 'ends a key', flags: {} },
  async run({ words: [id = ''], tell, withApp }) {
    await withApp(({ apiKeys }) => apiKeys.revoke(id, operator));
    tell({ id }, `Revoked ${printable(id)}.\n`);
  },
});

export const apiKey: Noun = { name: 'api-key', help: 'credentials of the API', verbs: { add, list, revoke } };
