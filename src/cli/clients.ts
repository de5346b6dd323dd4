/** `postern client …`: the apps that may send people here. */
import type { App, Client } from '../app.ts';
import { PosternError } from '../base/errors.ts';
import { accountNamed } from './account-names.ts';
import { answerOf } from './answers.ts';
import { clientChangeOf, clientFlags, clientInputOf, clientMore } from './client-input.ts';
import { secretVerbs } from './client-secrets.ts';
import { accessText, printClient } from './client-text.ts';
import { pagingFlags, printPages } from './listing.ts';
import { printable, printJson } from './output.ts';
import { printPreview } from './preview-text.ts';
import { type Call, type Noun, operator, verb } from './verbs.ts';
import { nothingNamed, wrong } from './words.ts';

const one = ['<id>'] as const;

/** The client with that id. Throws `not_found`. */
export async function clientNamed({ clients }: App, id: string): Promise<Client> {
  const found = await clients.find(id);
  if (found) return found;
  throw new PosternError('not_found', `There is no client ${id}. Look for it: postern client list --search <part>`);
}

const add = verb({
  words: one,
  help: 'registers an app; in serve nobody may sign in until --access says who',
  flags: clientFlags,
  more: clientMore,
  async run({ words: [id = ''], flags, tell, withApp }) {
    const { client, secret } = await withApp(({ clients }) => clients.create(clientInputOf(id, flags), operator));
    const shown = secret === undefined ? '' : `Secret, shown this once: ${secret}\n`;
    const text = `Registered ${client.id}. Who may sign in: ${printable(accessText(client))}.\n${shown}`;
    tell(await answerOf('clientWithSecret', { ...client, secret }), text);
  },
});

const list = verb({
  words: [],
  help: 'the apps, by id',
  flags: { search: { value: 'text', help: 'part of id or name' }, ...pagingFlags },
  async run(call) {
    const { search } = call.flags;
    await call.withApp(({ clients }) =>
      printPages(
        call,
        {
          columns: [
            ...[{ title: 'id' }, { title: 'name', shrinks: true }, { title: 'kind' }],
            ...[{ title: 'access', shrinks: true }, { title: 'state' }],
          ],
          page: (request) => clients.list({ ...request, search }),
          row: (client) => [
            ...[client.id, client.name, client.kind ?? '', accessText(client)],
            client.disabled ? 'disabled' : '',
          ],
          json: (client) => answerOf('client', client),
          empty: 'There are no such clients.',
        },
        call,
      ),
    );
  },
});

const show = verb({
  ...{ words: one, help: 'everything about one app', flags: {} },
  async run({ words: [id = ''], io, json, withApp }) {
    const client = await withApp((app) => clientNamed(app, id));
    const answer = await answerOf('client', client);
    if (json) printJson(io, answer);
    else printClient(io, client, answer);
  },
});

const change = verb({
  words: one,
  help: 'changes what is named; --set member=null takes it away',
  flags: clientFlags,
  more: clientMore,
  async run({ words: [id = ''], flags, tell, withApp }) {
    if (Object.keys(flags).length === 0) throw nothingNamed('client');
    const client = await withApp(async (app) => {
      const current = await clientNamed(app, id);
      // What was read went into the change.
      const circumstances = { ...operator, ifVersion: current.version };
      return app.clients.update(id, clientChangeOf(current, flags), circumstances);
    });
    const text = `Changed ${client.id}. Who may sign in: ${printable(accessText(client))}.\n`;
    tell(await answerOf('client', client), text);
  },
});

async function setDisabled({ words: [id = ''], tell, withApp }: Call, disabled: boolean): Promise<void> {
  const client = await withApp(async (app) => {
    await app.clients.setDisabled(id, disabled, operator);
    return clientNamed(app, id);
  });
  tell(await answerOf('client', client), `${disabled ? 'Switched off' : 'Switched on'}: ${client.id}.\n`);
}

const disable = verb({
  ...{ words: one, help: 'switches an app off', flags: {} },
  run: (call) => setDisabled(call, true),
});

const enable = verb({
  ...{ words: one, help: 'switches an app on again', flags: {} },
  run: (call) => setDisabled(call, false),
});

const remove = verb({
  ...{ words: one, help: 'deletes an app; what people have allowed it ends', flags: {} },
  async run({ words: [id = ''], tell, withApp }) {
    await withApp(({ clients }) => clients.remove(id, operator));
    tell({ id }, `Deleted ${printable(id)}.\n`);
  },
});

const preview = verb({
  words: one,
  help: 'what a person’s tokens for this app would contain; issues nothing',
  flags: {
    account: { value: 'username', help: 'the person' },
    scope: { value: 'scopes', help: 'as if these were asked for, separated by spaces (default: all it may ask for)' },
  },
  async run({ words: [id = ''], flags: { account: name, scope }, io, json, withApp }) {
    if (name === undefined) throw wrong('account', 'is missing: whose tokens?');
    const result = await withApp(async (app) => {
      const account = await accountNamed(app, name);
      return app.oidc.preview(account, id, scope?.split(' ').filter(Boolean));
    });
    if (json) printJson(io, await answerOf('preview', result));
    else printPreview(io, result);
  },
});

export const client: Noun = {
  name: 'client',
  help: 'the apps that may send people here',
  verbs: { add, list, show, change, disable, enable, delete: remove, ...secretVerbs, preview },
};
