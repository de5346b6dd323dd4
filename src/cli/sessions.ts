/** `postern session …`: where people are signed in. */
import { accountNamed, createUsernames } from './account-names.ts';
import { answerOf } from './answers.ts';
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

const end = verb({
  words: ['[<id>]'],
  help: 'ends one session, or all of a person',
  flags: { account: { value: 'username', help: 'all sessions of a person' } },
  more: `
Apps that were given offline access in it keep that: to end everything of a person, disable the account.`,
  async run({ words: [id], flags: { account: name }, tell, withApp }) {
    if ((id === undefined) === (name === undefined)) {
      throw wrong('account', 'or the id of a session has to be there, and not both');
    }
    await withApp(async (app) => {
      if (name === undefined) {
        await app.sessions.end(id ?? '', {}, operator);
        return tell({ id }, `Ended the session ${printable(id ?? '')}.\n`);
      }
      const account = await accountNamed(app, name);
      // No session is kept.
      const ended = await app.sessions.endOthers(account.id, '', operator);
      const text = `Ended ${ended.sessions === 1 ? '1 session' : `${ended.sessions} sessions`} of ${printable(account.username)}.\n`;
      return tell(await answerOf('ended', ended), text);
    });
  },
});

export const session: Noun = { name: 'session', help: 'where people are signed in', verbs: { list, end } };
