/** `postern account …`: the people who can sign in. */
import type { Account, App } from '../app.ts';
import { accountChangeOf, accountFlags, accountInputOf } from './account-input.ts';
import { accountNamed } from './account-names.ts';
import { printAccount } from './account-text.ts';
import { answerOf } from './answers.ts';
import { pagingFlags, printPages } from './listing.ts';
import { printable } from './output.ts';
import { passwordVerbs } from './passwords.ts';
import { type Call, type Noun, operator, verb } from './verbs.ts';
import { nothingNamed, timeText } from './words.ts';

const one = ['<username>'] as const;
const ugly = 'dangerously-set-password';
const named = (account: Account): string => `${printable(account.username)} (${account.id})`;

type Issued = Awaited<ReturnType<App['accounts']['issueLink']>>;

async function issueLink(app: App, account: Account) {
  const { token, purpose, expiresAt }: Issued = await app.accounts.issueLink(account.id, operator);
  return { url: `${app.config.issuer}/link?token=${token}`, purpose, expiresAt };
}

const linkText = ({ url, expiresAt }: { url: string; expiresAt: number }): string =>
  `Hand this link over. It works once, until ${timeText(expiresAt)}, and is shown only here:\n${url}\n`;

const linkJson = ({ url, purpose, expiresAt }: Awaited<ReturnType<typeof issueLink>>) => ({
  ...{ url, purpose, expiresAt: new Date(expiresAt).toISOString() },
});

const add = verb({
  words: one,
  help: 'adds a person, and prints the link by which they choose a password',
  flags: {
    ...accountFlags,
    [ugly]: {
      help: 'you choose the password, asked for or on standard input; the audit log tells of it',
    },
  },
  async run({ words: [username = ''], flags, tell, withApp }) {
    const password = flags[ugly] ? await (await import('./prompt.ts')).readPassword() : undefined;
    const { account, link } = await withApp(async (app) => {
      const input = await accountInputOf(app, username, flags);
      const account = await app.accounts.create({ ...input, ...(password !== undefined && { password }) }, operator);
      return { account, link: password === undefined ? await issueLink(app, account) : undefined };
    });
    const answer = { ...(await answerOf('account', account)), ...(link && { link: linkJson(link) }) };
    tell(answer, `Added ${named(account)}.\n${link ? linkText(link) : ''}`);
  },
});

const list = verb({
  words: [],
  help: 'the people, by user name',
  flags: {
    search: { value: 'text', help: 'part of user name, name or e-mail address' },
    group: { value: 'name', help: 'those in a group' },
    disabled: { help: 'those who are disabled; --no-disabled: those who are not', negates: true },
    ...pagingFlags,
  },
  async run(call) {
    const { search, group, disabled } = call.flags;
    const columns = [
      { title: 'username' },
      { title: 'name', shrinks: true },
      { title: 'e-mail', shrinks: true },
      { title: 'groups', shrinks: true },
      { title: 'state' },
      { title: 'id' },
    ];
    await call.withApp(({ accounts }) =>
      printPages(
        call,
        {
          columns,
          page: (request) => accounts.list({ ...request, search, group, disabled }),
          row: (account) => [
            ...[account.username, account.name ?? '', account.email ?? '', account.groups.join(', ')],
            ...[account.disabled ? 'disabled' : account.hasPassword ? '' : 'no password', account.id],
          ],
          json: (account) => answerOf('account', account),
          empty: 'There are no such accounts.',
        },
        call,
      ),
    );
  },
});

const show = verb({
  words: one,
  help: 'everything about one person, and which apps are open to them',
  flags: {},
  async run(call) {
    await call.withApp(async (app) => {
      const account = await accountNamed(app, call.words[0] ?? '');
      if (call.json) call.tell(await answerOf('account', account), '');
      else await printAccount(call.io, app, account);
    });
  },
});

const change = verb({
  words: one,
  help: 'changes what is named; an empty value (--email=) takes it away',
  flags: {
    username: { value: 'name', help: 'another user name' },
    ...accountFlags,
    'add-group': { value: 'a,b', help: 'groups they are in from now on', many: 'list' },
    'remove-group': { value: 'a,b', help: 'groups they leave', many: 'list' },
  },
  async run({ words: [name = ''], flags, tell, withApp }) {
    if (Object.keys(flags).length === 0) throw nothingNamed('account');
    const account = await withApp(async (app) => {
      const current = await accountNamed(app, name);
      const moves = { addGroup: flags['add-group'], removeGroup: flags['remove-group'] };
      const changes = await accountChangeOf(app, current, { ...flags, ...moves });
      // What was read went into the change.
      return app.accounts.update(current.id, changes, { ...operator, ifVersion: current.version });
    });
    tell(await answerOf('account', account), `Changed ${named(account)}.\n`);
  },
});

async function setDisabled({ words: [name = ''], tell, withApp }: Call, disabled: boolean): Promise<void> {
  const account = await withApp(async (app) =>
    app.accounts.setDisabled((await accountNamed(app, name)).id, disabled, operator),
  );
  const text = disabled ? 'Disabled. Signed out everywhere' : 'Enabled';
  tell(await answerOf('account', account), `${text}: ${named(account)}.\n`);
}

const disable = verb({
  ...{ words: one, help: 'bars a person, and signs them out everywhere', flags: {} },
  run: (call) => setDisabled(call, true),
});

const enable = verb({
  ...{ words: one, help: 'lets a person in again', flags: {} },
  run: (call) => setDisabled(call, false),
});

const remove = verb({
  words: one,
  help: 'deletes a person for good; the id is never given again',
  flags: {},
  async run({ words: [name = ''], tell, withApp }) {
    const account = await withApp(async (app) => {
      const found = await accountNamed(app, name);
      await app.accounts.remove(found.id, operator);
      return found;
    });
    tell({ id: account.id, username: account.username }, `Deleted ${named(account)}. Signed out everywhere.\n`);
  },
});

const link = verb({
  words: one,
  help: 'prints a link by which a person chooses a password; earlier ones end',
  flags: {},
  async run({ words: [name = ''], tell, withApp }) {
    const issued = await withApp(async (app) => issueLink(app, await accountNamed(app, name)));
    tell(linkJson(issued), linkText(issued));
  },
});

const unlock = verb({
  words: one,
  help: 'opens what too many failed sign-ins have closed',
  flags: {},
  async run({ words: [name = ''], tell, withApp }) {
    const account = await withApp(({ accounts }) => accounts.unlock(name, operator));
    tell(await answerOf('account', account), `Unlocked ${named(account)}.\n`);
  },
});

export const account: Noun = {
  name: 'account',
  help: 'the people who can sign in. A person is named by user name, verified e-mail address or id',
  verbs: { add, list, show, change, disable, enable, delete: remove, link, unlock, ...passwordVerbs },
};
