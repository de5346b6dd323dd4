/** `postern delivery …`: which apps have heard that somebody is signed out. */
import type { App } from '../app.ts';
import { accountNamed, createUsernames } from './account-names.ts';
import { answerOf } from './answers.ts';
import type { Given } from './arguments.ts';
import { answersOf, deliveryFacts, lastText, nextText, stateText } from './delivery-text.ts';
import { pagingFlags, printPages } from './listing.ts';
import { printable } from './output.ts';
import { createTable, printFacts } from './table.ts';
import { type Noun, operator, verb } from './verbs.ts';
import { secondsText, wrong } from './words.ts';

const filterFlags = {
  state: { value: 'state', help: 'waiting, confirmed, given_up, not_told, or unconfirmed: all but confirmed' },
  client: { value: 'id', help: 'to one app' },
  account: { value: 'username', help: 'of one person; by id also for somebody who is gone' },
  'sign-out': { value: 'id', help: 'of one sign-out' },
} as const;

/** Throws `invalid` (exit 64) for a state that there is none of. */
async function filtersOf(app: App, flags: Given<typeof filterFlags>) {
  const { deliveryFilters } = await import('../app.ts');
  const { state, client: clientId, account, 'sign-out': signOutId } = flags;
  const known = deliveryFilters.shape.state.safeParse(state);
  if (!known.success)
    throw wrong('state', `must be one of: ${deliveryFilters.shape.state.unwrap().options.join(', ')}`);
  const isId = account?.startsWith('acc_') === true;
  const accountId = account === undefined || isId ? account : (await accountNamed(app, account)).id;
  return { state: known.data, clientId, accountId, signOutId };
}

const list = verb({
  words: [],
  help: 'the latest sign-outs, app by app: 50 unless --limit says otherwise',
  flags: { ...filterFlags, ...pagingFlags },
  async run(call) {
    await call.withApp(async (app) => {
      const filters = await filtersOf(app, call.flags);
      const username = createUsernames(app);
      await printPages(
        call,
        {
          columns: [
            ...[{ title: 'time' }, { title: 'client' }, { title: 'username' }, { title: 'state' }, { title: 'tries' }],
            ...[{ title: 'last answer', shrinks: true }, { title: 'next' }, { title: 'id' }],
          ],
          page: (request) => app.deliveries.list({ ...request, ...filters }),
          row: async (delivery) => [
            ...[secondsText(delivery.createdAt), delivery.clientId, await username(delivery.accountId)],
            ...[stateText(delivery.state), String(delivery.attempts), lastText(delivery.last)],
            ...[nextText(delivery), delivery.id],
          ],
          json: (delivery) => answerOf('delivery', delivery),
          empty: 'No app had to be told like that.',
        },
        { ...call, onePage: true },
      );
    });
  },
});

const show = verb({
  ...{ words: ['<id>'], help: 'one delivery: what it is about, and every attempt', flags: {} },
  async run({ words: [id = ''], io, json, tell, withApp }) {
    await withApp(async (app) => {
      const delivery = await app.deliveries.find(id);
      if (json) return tell(await answerOf('deliveryWithAttempts', delivery), '');
      const client = await app.clients.find(delivery.clientId);
      const username = createUsernames(app);
      printFacts(io, await deliveryFacts(delivery, client, username));
      if (delivery.tries.length === 0) return;
      io.out('\n');
      const columns = [
        { title: '#' },
        { title: 'time' },
        { title: 'ms' },
        { title: 'answer' },
        { title: 'what to do' },
      ];
      createTable(io, columns).rows(
        delivery.tries.map(({ number, at, milliseconds, status, problem }) => [
          ...[String(number), secondsText(at), String(milliseconds), status === undefined ? 'none' : String(status)],
          problem ?? '',
        ]),
      );
      for (const { which, answer } of answersOf(delivery.tries)) {
        io.out(`\nAnswer to ${which}, its beginning:\n  ${printable(answer)}\n`);
      }
    });
  },
});

const replay = verb({
  words: ['[<id>]'],
  help: 'tells an app again, at once; with --all every app that has not confirmed',
  flags: { all: { help: 'all that match and are not confirmed' }, ...filterFlags },
  more: `
The running server does it: see what came of it with postern delivery show <id>.`,
  async run({ words: [id], flags: { all = false, ...flags }, tell, withApp }) {
    if ((id !== undefined) === all) throw wrong('all', 'or the id of a delivery has to be there, and not both');
    const [named] = Object.keys(flags).filter((name) => flags[name as keyof typeof flags] !== undefined);
    if (id !== undefined && named !== undefined) throw wrong(named, 'goes with --all, not with the id of a delivery');
    await withApp(async (app) => {
      const which = id === undefined ? await filtersOf(app, flags) : { id };
      const count = await app.deliveries.replay(which, operator);
      const none = 'There was nothing to tell again.';
      const many = count === 1 ? '1 app is told again.' : `${count} apps are told again.`;
      tell({ count }, `${count === 0 ? none : many}\n`);
    });
  },
});

export const delivery: Noun = {
  name: 'delivery',
  help: 'which apps have heard that somebody is signed out',
  verbs: { list, show, replay },
};
