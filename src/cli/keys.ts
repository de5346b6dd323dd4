/** `postern key …`: the keys that tokens are signed with, and those of cookies. */

import { answerOf } from './answers.ts';
import { activate, revoke, rotate } from './key-changes.ts';
import { exportKeys } from './key-export.ts';
import { recover } from './key-recovery.ts';
import { status } from './key-status.ts';
import { factsOf } from './key-text.ts';
import { printAll } from './listing.ts';
import { rehearse } from './rehearse.ts';
import { printFacts } from './table.ts';
import { type Noun, verb } from './verbs.ts';
import { timeText } from './words.ts';

const list = verb({
  ...{ words: [], help: 'all signing keys that ever were; their private parts are never shown', flags: {} },
  async run(call) {
    await call.withApp(async ({ keys }) =>
      printAll(
        call,
        {
          columns: [{ title: 'kid' }, { title: 'algorithm' }, { title: 'state' }, { title: 'since' }],
          row: ({ kid, algorithm, state, isRevoked, ...times }) => [
            ...[kid, algorithm, isRevoked ? 'revoked' : state],
            timeText(times.removedAt ?? times.retiredAt ?? times.activatedAt ?? times.createdAt),
          ],
          json: (key) => answerOf('key', key),
          empty: 'There are no keys yet: the first server that starts makes them.',
        },
        await keys.list(),
      ),
    );
  },
});

const show = verb({
  ...{ words: ['<kid>'], help: 'one signing key: what it is, was and is to be', flags: {} },
  async run({ words: [kid = ''], io, json, tell, withApp }) {
    const key = await withApp(({ keys }) => keys.find(kid));
    if (json) tell(await answerOf('key', key), '');
    else printFacts(io, factsOf(key));
  },
});

export const key: Noun = {
  name: 'key',
  help: 'the keys that tokens are signed with, and those of cookies',
  verbs: { list, show, status, rotate, activate, revoke, export: exportKeys, rehearse, recover },
};
