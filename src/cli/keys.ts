/** `postern key …`: the keys that tokens are signed with. */
import { answerOf } from './answers.ts';
import { printAll } from './listing.ts';
import { rehearse } from './rehearse.ts';
import { type Noun, verb } from './verbs.ts';
import { timeText } from './words.ts';

const list = verb({
  ...{ words: [], help: 'the keys that tokens are signed with; their private parts are never shown', flags: {} },
  async run(call) {
    await call.withApp(async ({ keys }) =>
      printAll(
        call,
        {
          columns: [{ title: 'kid' }, { title: 'algorithm' }, { title: 'state' }, { title: 'since' }],
          row: ({ kid, algorithm, state, activatedAt, createdAt }) => [
            ...[kid, algorithm, state, timeText(activatedAt ?? createdAt)],
          ],
          json: (key) => answerOf('key', key),
          empty: 'There are no keys yet: the first server that starts makes them.',
        },
        await keys.list(),
      ),
    );
  },
});

export const key: Noun = { name: 'key', help: 'the keys that tokens are signed with', verbs: { list, rehearse } };
