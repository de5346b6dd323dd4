import { describe, expect, it } from 'vitest';
import { loadForRooms } from '../../src/app/entries.ts';
import { isPosternError } from '../../src/base/errors.ts';
import { directory, load, problems } from './place.ts';

describe('a list of the file', () => {
  it.each([
    ['clients:\n# - id: a\nport: 1', /^postern\.yaml:\d+:\d+ clients has nothing in it: write \[\]/],
    ['accounts: ~', /^postern\.yaml:1:11 accounts has nothing in it: write \[\]/],
    ['accounts: [{ username: 7 }]', /^postern\.yaml:1:24 accounts\[0\]\.username must be text$/],
    ['accounts: [{}]', /accounts\[0\]\.username is missing$/],
    ['accounts: [{ username: a, disabled: "no" }]', /accounts\[0\]\.disabled must be true or false$/],
    ['accounts: [{ username: "" }]', /accounts\[0\]\.username must not be empty$/],
    ['accounts: [{ username: a, email: b }]', /accounts\[0\]\.email must be an e-mail address$/],
    ['accounts: [7]', /accounts\[0\] must be an object$/],
    ['accounts: [&x { username: a, groups: [*x] }]', /^postern\.yaml:1:39 names an anchor of which it is a part/],
    ['clients: [{ id: .. }]', /clients\[0\]\.id must not be \. or \.\./],
  ])('%j is refused in words for people', async (yaml, expected) => {
    const found = await problems({ yaml });
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(expected);
  });

  it('that is empty on purpose is an empty one', async () => {
    expect(await load({ yaml: 'clients: []' })).toMatchObject({ clients: [], accounts: undefined });
  });

  it('tells that something stands there twice, also where one of the entries is wrong', async () => {
    expect(await problems({ yaml: 'groups: [{ name: a }, { name: a, colour: red }]' })).toEqual([
      'postern.yaml:1:34 groups[1].colour is not known',
      'postern.yaml:1:31 groups[1].name is there twice',
    ]);
  });

  it('may use one anchor as often as there are people', async () => {
    const people = Array.from({ length: 500 }, (_, index) => `  - { username: p${index}, groups: *staff }`).join('\n');
    const yaml = `accounts:\n  - { username: first, groups: &staff [a, b] }\n${people}\n`;
    expect((await load({ yaml })).accounts).toHaveLength(501);
  });
});

describe('for the rooms', () => {
  const forRooms = (yaml: string) =>
    loadForRooms({ mode: 'dev', env: {}, argv: [], cwd: directory({ 'postern.yaml': yaml }) });

  it('lists come as they are, whatever is in them', async () => {
    const yaml = 'groups: [7, ~]\naccounts: [{ usernam: a, disabled: 7 }, [], ~]\nclients: [~, { id: 7 }, text]';
    expect((await forRooms(yaml)).config).toMatchObject({
      groups: [7, null],
      accounts: [{ usernam: 'a', disabled: 7 }, [], null],
      clients: [null, { id: 7 }, 'text'],
    });
  });

  it('are told beside wrong settings as far as their form goes', async () => {
    const error = await forRooms('prot: 1\naccounts: [{ username: a, nmae: x }]').catch((thrown: unknown) => thrown);
    expect(isPosternError(error) && error.fields.map(({ path, message }) => `${path} ${message}`)).toEqual([
      'postern.yaml:1:1 prot is not a setting. Did you mean port?',
      'postern.yaml:2:27 accounts[0].nmae is not known. Did you mean name?',
    ]);
  });
});
