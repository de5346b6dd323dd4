import { describe, expect, it } from 'vitest';
import { contextOf, passwordProblems } from '../../../src/domain/accounts/password-policy.ts';

const person = { username: 'barbara.nym', name: 'Barbara Nymphadora', email: 'b.nym@castle.example' };
const context = ['postern', 'Acme Works', ...contextOf(person)];
const problems = async (password: string, minimumLength = 15) =>
  (await passwordProblems(password, { minimumLength, context })).map(({ message }) => message);

describe('E15 password policy', () => {
  it.each([
    ['fifteen characters of plain words', 'fifteen letters'],
    ['no rules of composition', 'onlylowercaseletters'],
    ['spaces and unicode', 'schöne grüße 😀 aus 東京'],
    ['fifteen spaces and unicode', `${' '.repeat(15)}ü`],
    ['64 characters', 'lantern drift '.repeat(5).slice(0, 64)],
    ['256 characters', `${'quiet seven lanterns drift over the moor '.repeat(7)}`.slice(0, 256)],
    [
      '256 characters of four bytes',
      Array.from({ length: 256 }, (_, index) => String.fromCodePoint(0x1f300 + index)).join(''),
    ],
    ['a name among words of its own', 'barbara sells seashells'],
    ['a common password among words of its own', 'password for the lighthouse'],
  ])('E15 accepts %s', async (_, password) => {
    expect(await problems(password)).toEqual([]);
  });

  it.each([
    ['14 characters', 'fourteen chars', /14 characters and needs at least 15/],
    ['14 characters that are 28 code units', '😀🌍🌊🔥🍀🎈🎲🎻🚲🛶⛄🌵🍉🪁', /14 characters/],
    ['257 characters', 'quiet lanterns drift '.repeat(13).slice(0, 257), /257 characters; at most 256/],
    ['the product with numbers', 'postern2026postern', /name that belongs/],
    ['the place, in other letters', 'ＡＣＭＥ　ＷＯＲＫＳ-2026!!', /name that belongs/],
    ['the user name twice', 'Barbara.Nym Barbara.Nym', /name that belongs/],
    ['the display name backed by digits', 'nymphadora 123456789', /name that belongs/],
    ['the e-mail address', 'b.nym@castle.example', /name that belongs/],
    ['an entry of the 10 000 most common', 'mailcreated5240', /tried first/],
    ['the same in capitals', 'MAILCREATED5240', /tried first/],
    ['a common one twice', 'iloveyou1iloveyou1', /tried first/],
    ['a common one that begins again', '123456789012345', /tried first/],
    ['one character', 'aaaaaaaaaaaaaaaaaaaa', /tried first/],
    ['a pattern of three', 'xyzxyzxyzxyzxyzxyz', /tried first/],
    ['a control character', 'seven quiet\u0000lanterns', /control character/],
    ['half a character', 'seven quiet lanterns\ud83d', /control character/],
  ])('E15 refuses %s', async (_, password, message) => {
    expect(await problems(password)).toEqual([expect.stringMatching(message)]);
  });

  it('E15 with a shorter least length the list of common ones still counts', async () => {
    expect(await problems('trustno1', 8)).toHaveLength(1);
    expect(await problems('7u!pQw2z', 8)).toEqual([]);
  });
});
