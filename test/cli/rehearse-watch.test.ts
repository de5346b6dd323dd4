import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { isEnough, readAnswers } from '../../src/cli/rehearse-watch.ts';
import type { Outcome, Verdict } from '../../src/domain/rehearsals/rehearsals.ts';
import { until } from '../support/spawned.ts';

const verdict = (outcome: Outcome): Verdict => ({ outcome, says: '', sure: 'unknown' });

describe('nothing more is waited for', () => {
  it.each<[string, Outcome, Outcome, number, boolean, number | undefined, boolean]>([
    ['nobody has signed in', 'untried', 'untried', 60_000, false, undefined, false],
    ['decided a moment ago', 'passed', 'passed', 1000, false, undefined, false],
    ['decided', 'failed', 'failed', 2000, false, undefined, true],
    ['silence for a moment', 'unclear', 'passed', 2000, false, undefined, false],
    ['silence that is a refusal', 'unclear', 'passed', 9000, false, undefined, true],
    [
      'silence that would be a failure: it may ask again in a minute',
      'unclear',
      'failed',
      30_000,
      false,
      undefined,
      false,
    ],
    ['silence that says nothing', 'unclear', 'unclear', 30_000, false, undefined, false],
    ['either is right, silence', 'unclear', 'unclear', 4000, false, 3000, true],
    ['either is right, and the key set is slow', 'unclear', 'unclear', 4000, false, 13_000, false],
    ['either is right, and the person has said which', 'unclear', 'unclear', 0, true, 13_000, true],
  ])('%s', (_name, now, over, quiet, isTold, eitherAfter, expected) => {
    const seen = { verdict: verdict(now), overVerdict: verdict(over), quiet, isTold };
    expect(isEnough(seen, { eitherAfter })).toBe(expected);
  });
});

it('hears y and n, each once, and nothing else', async () => {
  const input = new PassThrough();
  const answers = readAnswers({ json: false }, input);
  const heard: boolean[] = [];
  input.write('y\n\nwhat\n  No\nYES\n');
  await until(() => {
    const answer = answers.next();
    if (answer !== undefined) heard.push(answer);
    return heard.length === 3;
  });
  expect(heard).toEqual([true, false, true]);
  expect(answers.next()).toBeUndefined();
  answers.close();
  expect(input.isPaused()).toBe(true);
  // A script has its input for itself.
  const forScripts = readAnswers({ json: true }, input);
  input.write('y\n');
  expect(forScripts.next()).toBeUndefined();
});
