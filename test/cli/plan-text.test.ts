import { expect, it } from 'vitest';
import { amountsText, planText } from '../../src/cli/plan-text.ts';
import { createProgress } from '../../src/cli/progress.ts';

const plan = {
  isEmpty: false,
  changes: [
    { kind: 'group', id: 'engineering', action: 'add', fields: [{ path: 'description', after: 'x' }] },
    {
      ...{ kind: 'account', id: 'bob\u001b[2J', action: 'change' },
      fields: [
        { path: 'groups', before: ['a'], after: ['a', 'b'] },
        { path: 'name', before: 'Bob\u202e', after: undefined },
      ],
    },
    { kind: 'account', id: 'carol', action: 'adopt' },
    { kind: 'client', id: 'app', action: 'remove' },
  ],
  access: [{ clientId: 'app', gains: ['a', 'b'], gainsCount: 30, loses: ['c'], losesCount: 1 }],
} as Parameters<typeof planText>[0];

it('a plan says each row, each field and each name, and nothing that moves the cursor', () => {
  expect(planText(plan)).toBe(`  + group     engineering
  ~ account   bob\\u001b[2J
        groups: ["a"] → ["a","b"]
        name: Bob\\u202e → nothing
  ^ account   carol   (the file takes it over)
  - client    app

Access
  app: gained by 30: a, b and 28 more; lost by 1: c

`);
  const words = { add: 'to add', change: 'to change', remove: 'to remove', adopt: 'to take over' };
  expect(amountsText(plan, words)).toBe('1 to add, 1 to change, 1 to remove, 1 to take over');
});

it.each([
  ['a terminal', true, 1000, 101],
  ['a file', false, 1000, 10],
  ['a terminal, short work', true, 199, 0],
])('progress on %s', (_, isTerminal, total, writes) => {
  const written: string[] = [];
  const progress = createProgress({ out: () => undefined, err: (text) => void written.push(text) }, isTerminal);
  for (let done = 1; done <= total; done++) progress.show({ done, total });
  progress.end();
  expect(written).toHaveLength(writes);
  if (writes > 0) expect(written.join('')).toContain('100 % of 1000 steps');
  for (const text of written) expect(text.startsWith('\r') || text.endsWith('\n')).toBe(true);
});
