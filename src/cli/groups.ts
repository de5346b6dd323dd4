/** `postern group …`: the sets of people that access and roles are decided by. */
import { PosternError } from '../base/errors.ts';
import { answerOf } from './answers.ts';
import { printAll } from './listing.ts';
import { namedFacts, namedVerbs, one } from './named.ts';
import { printable } from './output.ts';
import { printFacts } from './table.ts';
import { type Noun, operator, verb } from './verbs.ts';
import { originText } from './words.ts';

const describes = 'who is in it, or what it is for';
const description = { value: 'text', help: describes };

const add = verb({
  ...{ words: one, help: 'makes a group', flags: { description } },
  async run({ words: [name = ''], flags, tell, withApp }) {
    const made = await withApp(({ groups }) => groups.create({ name, ...flags }, operator));
    tell(await answerOf('group', made), `Added the group ${printable(made.name)}.\n`);
  },
});

const list = verb({
  ...{ words: [], help: 'all groups, and how many are in them', flags: {} },
  async run(call) {
    await call.withApp(async ({ groups, accounts }) =>
      printAll(
        call,
        {
          columns: [
            { title: 'name' },
            { title: 'people' },
            { title: 'owned by' },
            { title: 'description', shrinks: true },
          ],
          row: async ({ name, origin, description: text = '' }) => [
            ...[name, String(await accounts.count({ group: name })), originText(origin), text],
          ],
          json: (group) => answerOf('group', group),
          empty: 'There are no groups yet. Make one: postern group add <name>',
        },
        await groups.list(),
      ),
    );
  },
});

const show = verb({
  ...{ words: one, help: 'one group, and which clients name it', flags: {} },
  async run({ words: [name = ''], io, json, tell, withApp }) {
    await withApp(async ({ groups, accounts, clients }) => {
      const group = await groups.find(name);
      if (!group) throw new PosternError('not_found', `There is no group ${name}. See them all: postern group list`);
      if (json) return tell(await answerOf('group', group), '');
      const uses = await clients.usesOfGroup(name);
      printFacts(io, [
        ['Name', group.name],
        ['Description', group.description ?? ''],
        ['People', String(await accounts.count({ group: name }))],
        ...namedFacts(group, uses),
      ]);
    });
  },
});

const named = namedVerbs({
  noun: 'group',
  describes,
  deletes: 'deletes a group that no client names; its people leave it',
  update: ({ groups }, name, change, by) => groups.update(name, change, by),
  remove: ({ access }, name, by) => access.removeGroup(name, by),
  answer: (row) => answerOf('group', row),
});

export const group: Noun = {
  name: 'group',
  help: 'the sets of people that access and roles are decided by',
  verbs: { add, list, show, ...named },
};
