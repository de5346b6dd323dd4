import { expect, it } from 'vitest';
import type { Account, App } from '../../src/app.ts';
import { accountChangeOf } from '../../src/cli/account-input.ts';

const nobody = {} as App;
const inGroups = (...groups: string[]) => ({ groups, claims: {} }) as unknown as Account;

it('M01 takes people out of a group in whatever Unicode form its name is typed', async () => {
  const account = inGroups('Führung', 'sales');
  expect(await accountChangeOf(nobody, account, { removeGroup: ['Fu\u0308hrung'] } as never)).toEqual({
    groups: ['sales'],
  });
  const moved = { addGroup: ['Fu\u0308hrung'], removeGroup: ['sales'] };
  expect(await accountChangeOf(nobody, account, moved as never)).toEqual({ groups: ['Führung'] });
});
