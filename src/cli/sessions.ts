/** `postern session …`: where people are signed in. */
import type { App } from '../app.ts';
import { accountNamed, createUsernames } from './account-names.ts';
import { answerOf } from './answers.ts';
import { clientNamed } from './clients.ts';
import { pagingFlags, printPages } from './listing.ts';
import { printable } from './output.ts';
import { type Noun, operator, verb } from './verbs.ts';
import { timeText, wrong } from './words.ts';

const list = verb({
  words: [],
  help: 'where people are signed in',
  flags: {
    account: { value: 'username', help: 'of one person' },
    client: { value: 'id', help: 'those in which an app was used' },
    ...pagingFlags,
  },
  async run(call) {
    const { account: name, client: clientId } = call.flags;
    await call.withApp(async (app) => {
      const accountId = name === undefined ? undefined : (await accountNamed(app, name)).id;
      const username = createUsernames(app);
      await printPages(
        call,
        {
          columns: [
            ...[{ title: 'username' }, { title: 'signed in' }, { title: 'last used' }, { title: 'from' }],
            ...[{ title: 'apps', shrinks: true }, { title: 'id' }],
          ],
          page: (request) => app.sessions.list({ ...request, accountId, clientId }),
          row: async (session) => [
            ...[await username(session.accountId), timeText(session.startedAt), timeText(session.lastUsedAt)],
            ...[session.ip ?? '', session.clientIds.join(', '), session.id],
          ],
          json: (session) => answerOf('session', session),
          empty: 'Nobody is signed in like that.',
        },
        call,
      );
    });
  },
});

type Ended = [whose: string, ended: Awaited<ReturnType<App['sessions']['endOthers']>>];

async function endOfAccount(app: App, name: string): Promise<Ended> {
  const account = await accountNamed(app, name);
  // No session is kept.
  return [account.username, await app.sessions.endOthers(account.id, '', operator)];
}

async function endOfClient(app: App, name: string): Promise<Ended> {
  const { id } = await clientNamed(app, name);
  return [id, await app.sessions.endOfClient(id, operator)];
}

const end = verb({
  words: ['[<id>]'],
  help: 'ends one session, or all of a person, or all in which an app was used',
  flags: {
    account: { value: 'username', help: 'all sessions of a person' },
    client: { value: 'id', help: 'all sessions in which an app was used: everybody is signed out of it' },
  },
  more: `
Every app of a session is told. Apps that were given offline access keep that: to end everything of a person, disable
the account.`,
  async run({ words: [id], flags: { account: name, client: clientId }, tell, withApp }) {
    if ([id, name, clientId].filter((given) => given !== undefined).length !== 1) {
      throw wrong('account', 'or --client or the id of a session has to be there, and one alone');
    }
    await withApp(async (app) => {
      if (id !== undefined) {
        await app.sessions.end(id, {}, operator);
        return tell({ id }, `Ended the session ${printable(id)}.\n`);
      }
      const [whose, ended] =
        clientId === undefined ? await endOfAccount(app, name ?? '') : await endOfClient(app, clientId);
      const count = ended.sessions === 1 ? '1 session' : `${ended.sessions} sessions`;
      return tell(await answerOf('ended', ended), `Ended ${count} of ${printable(whose)}.\n`);
    });
  },
});

export const session: Noun = { name: 'session', help: 'where people are signed in', verbs: { list, end } };
