/** `postern attribute …`: what a team says about its people besides the standard claims. */
import type { App } from '../app.ts';
import { PosternError } from '../base/errors.ts';
import { answerOf } from './answers.ts';
import { printAll } from './listing.ts';
import { namedFacts, namedVerbs, one } from './named.ts';
import { printFacts } from './table.ts';
import { type Noun, operator, verb } from './verbs.ts';
import { originText } from './words.ts';

type AttributeInput = Parameters<App['attributes']['create']>[0];

const describes = 'what it says about a person';
const description = { value: 'text', help: describes };

const add = verb({
  words: one,
  help: 'defines an attribute; name and type never change',
  flags: {
    type: { value: 'type', help: 'string, number, boolean, date, strings or json (default: string)' },
    description,
  },
  async run({ words: [name = ''], flags: { type = 'string', description: text }, tell, withApp }) {
    const input = { name, type, ...(text !== undefined && { description: text }) } as AttributeInput;
    const made = await withApp(({ attributes }) => attributes.create(input, operator));
    tell(await answerOf('attribute', made), `Added the attribute ${made.name}.\n`);
  },
});

const list = verb({
  ...{ words: [], help: 'all attributes', flags: {} },
  async run(call) {
    await call.withApp(async ({ attributes }) =>
      printAll(
        call,
        {
          columns: [
            { title: 'name' },
            { title: 'type' },
            { title: 'owned by' },
            { title: 'description', shrinks: true },
          ],
          row: ({ name, type, origin, description: text = '' }) => [name, type, originText(origin), text],
          json: (attribute) => answerOf('attribute', attribute),
          empty: 'There are no attributes yet. Define one: postern attribute add <name> --type string',
        },
        await attributes.list(),
      ),
    );
  },
});

const show = verb({
  ...{ words: one, help: 'one attribute, and which clients get it', flags: {} },
  async run({ words: [name = ''], io, json, tell, withApp }) {
    await withApp(async ({ attributes, accounts, clients }) => {
      const attribute = await attributes.find(name);
      if (!attribute) {
        throw new PosternError('not_found', `There is no attribute ${name}. See them all: postern attribute list`);
      }
      if (json) return tell(await answerOf('attribute', attribute), '');
      const uses = await clients.usesOfAttribute(name);
      printFacts(io, [
        ['Name', attribute.name],
        ['Type', attribute.type],
        ['Description', attribute.description ?? ''],
        ['People', `${await accounts.countWithAttribute(name)} have a value`],
        ...namedFacts(attribute, uses),
      ]);
    });
  },
});

const named = namedVerbs({
  noun: 'attribute',
  describes,
  deletes: 'deletes an attribute of which nobody has a value and no client gets one',
  update: ({ attributes }, name, change, by) => attributes.update(name, change, by),
  remove: ({ access }, name, by) => access.removeAttribute(name, by),
  answer: (row) => answerOf('attribute', row),
});

export const attribute: Noun = {
  name: 'attribute',
  help: 'what a team says about its people besides the standard claims',
  verbs: { add, list, show, ...named },
};
