import { expect } from 'vitest';

type Answer = { status: number; headers: Headers; text: string };

/** A path of the sources, a line of a stack, the name of a JavaScript error: nothing of it belongs into an answer. */
const innards = /\.[jt]s:\d+|node_modules|\n\s+at [\w.<]|TypeError|RangeError|SyntaxError|SQLITE_|node:internal/;

/** What every answer must be, whatever was asked: no server error, no stack trace, nothing of `secrets`. */
export function expectHarmless(answer: Answer, secrets: readonly string[] = []): void {
  expect(answer.status).toBeLessThan(500);
  const shown = `${answer.text}\n${[...answer.headers].join('\n')}`;
  expect(shown).not.toMatch(innards);
  for (const secret of secrets) expect(shown).not.toContain(secret);
}

/** Refused on the spot: this status, and the browser is sent nowhere. */
export function expectRefusedHere(answer: Answer, status: number): void {
  expectHarmless(answer);
  expect(answer.status).toBe(status);
  expect(answer.headers.get('location')).toBeNull();
  expect(answer.text).not.toContain('http-equiv="refresh"');
}

/** Refused by sending the app an error: to this address, with these parameters in its query (or fragment, for implicit). */
export function expectSentBack(answer: Answer, address: string, parameters: Record<string, string>): void {
  expectHarmless(answer);
  expect(answer.status).toBe(303);
  const location = new URL(answer.headers.get('location') ?? '');
  expect(`${location.origin}${location.pathname}`).toBe(address);
  const sent = Object.fromEntries(new URLSearchParams(location.hash.slice(1) || location.search));
  expect(sent).toMatchObject(parameters);
  for (const name of ['code', 'access_token', 'id_token']) expect(sent).not.toHaveProperty(name);
}
