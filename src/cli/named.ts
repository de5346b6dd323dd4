/** What groups and attributes have in common: they are known by a name, and nothing of them changes but the description. */
import type { App } from '../app.ts';
import { printable } from './output.ts';
import { operator, type Verb, verb } from './verbs.ts';
import { originText, timeText, wrong } from './words.ts';

export const one = ['<name>'] as const;

type Named<Row> = {
  noun: string;
  /** What the description of one says, for the help. */
  describes: string;
  /** When one can be deleted, for the help. */
  deletes: string;
  update(app: App, name: string, change: { description: string | null }, by: typeof operator): Promise<Row>;
  remove(app: App, name: string, by: typeof operator): Promise<void>;
  answer(row: Row): Promise<unknown>;
};

/** The verbs `change` and `delete`. */
export function namedVerbs<Row>({
  noun,
  describes,
  deletes,
  update,
  remove,
  answer,
}: Named<Row>): Record<string, Verb> {
  return {
    change: verb({
      words: one,
      help: 'changes the description; --description= takes it away',
      flags: { description: { value: 'text', help: describes, clears: true } },
      async run({ words: [name = ''], flags, tell, withApp }) {
        if (flags.description === undefined) throw wrong('description', 'is missing');
        const description = flags.description || null;
        const changed = await withApp((app) => update(app, name, { description }, operator));
        tell(await answer(changed), `Changed the ${noun} ${printable(name)}.\n`);
      },
    }),
    delete: verb({
      ...{ words: one, help: deletes, flags: {} },
      async run({ words: [name = ''], tell, withApp }) {
        await withApp((app) => remove(app, name, operator));
        tell({ name }, `Deleted the ${noun} ${printable(name)}.\n`);
      },
    }),
  };
}

type Row = { origin: Parameters<typeof originText>[0]; createdAt: number; updatedAt: number };
type Use = { clientId: string; where: string };

/** The last lines of `show`: who names it, who owns it, since when. */
export function namedFacts({ origin, createdAt, updatedAt }: Row, uses: readonly Use[]): [string, string][] {
  return [
    ['Named by', uses.map(({ clientId, where }) => `${clientId}: ${where}`).join('\n') || 'no client'],
    ['Owned by', originText(origin)],
    ['Created', timeText(createdAt)],
    ['Changed', timeText(updatedAt)],
  ];
}
