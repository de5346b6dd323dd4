/** Verdicts as a table: what was seen of a client, and what that says of it. */
import { describe, expect, it } from 'vitest';
import {
  coolDownSeconds,
  type Outcome,
  type Step,
  type StepDetail,
  type VariantName,
  variantNames,
  variants,
  verdictOf,
} from '../../../src/domain/rehearsals/rehearsals.ts';

const clientId = 'app';
const began: StepDetail = { kind: 'began' };
const asked: StepDetail = { kind: 'asked', clientId };
const handed = (name: string, isPlayed = true, of?: string): StepDetail => ({
  ...{
    kind: 'token',
    kid: `kid-${name}`,
    issued: [`at-${name}`, `rt-${name}`],
    isPlayed,
    from: 'this machine',
    clientId,
  },
  ...(of !== undefined && { of }),
});
const fetched = (status = 200, from = 'this machine'): StepDetail => ({ kind: 'keys', status, from });
const userinfo = (name: string): StepDetail => ({ kind: 'alive', by: 'userinfo', of: `at-${name}`, clientId });
const told = (signedIn: boolean): StepDetail => ({ kind: 'told', signedIn });
const ended: StepDetail = { kind: 'ended' };

/** One second between any two; `[seconds, step]` waits for longer. */
function stepsOf(details: readonly (StepDetail | [number, StepDetail])[]): Step[] {
  let at = 1_700_000_000_000;
  return details.map((detail) => {
    const [seconds, step] = Array.isArray(detail) ? detail : [1, detail];
    at += seconds * 1000;
    return { ...step, at };
  });
}
const judge = (variant: VariantName, details: Parameters<typeof stepsOf>[0], isOver = true) =>
  verdictOf(variant, stepsOf([began, ...details]), { isOver });

type Row = [VariantName, string, Parameters<typeof stepsOf>[0], Outcome, string];

describe('a verdict over what has ended', () => {
  it.each<Row>([
    ['sudden', 'nothing', [], 'untried', 'nobody has begun'],
    ['sudden', 'a sign-in that was begun', [asked], 'untried', 'no ID token was handed over'],
    ['sudden', 'it looks and goes on', [asked, handed('a'), fetched(), userinfo('a')], 'passed', 'took the token'],
    ['sudden', 'it had looked before', [fetched(), asked, handed('a'), userinfo('a')], 'passed', 'took the token'],
    ['sudden', 'it goes on without', [asked, handed('a'), userinfo('a')], 'failed', 'without having fetched'],
    ['sudden', 'it looks too late', [asked, handed('a'), userinfo('a'), fetched()], 'failed', 'without having fetched'],
    ['sudden', 'silence', [asked, handed('a')], 'failed', 'never fetched'],
    ['sudden', 'it looks, then silence', [asked, handed('a'), fetched()], 'unclear', 'fetched the key set'],
    ['sudden', 'it looks and asks again', [asked, handed('a'), fetched(), asked], 'failed', 'still refused'],
    [
      'sudden',
      'it looks and refuses, as was seen',
      [asked, handed('a'), fetched(), told(false)],
      'failed',
      'still refused',
    ],
    [
      'sudden',
      'it looks and accepts, as was seen',
      [asked, handed('a'), fetched(), told(true)],
      'passed',
      'took the token',
    ],
    [
      'sudden',
      'refused within the cool-down, then taken',
      [asked, handed('a'), [70, asked], handed('b'), fetched(), userinfo('b')],
      ...(['passed', 'took the token'] as const),
    ],
    ['sudden', 'a refresh after it', [handed('a'), fetched(), handed('b', true, 'rt-a')], 'passed', 'refresh token'],
    [
      'sudden',
      'it looks, asks again, silence',
      [handed('a'), fetched(), asked, handed('b')],
      'failed',
      'still refused',
    ],
    [
      'sudden',
      'it looks at the second one alone',
      [handed('a'), asked, handed('b'), fetched()],
      'unclear',
      'fetched the',
    ],
    ['unknown-kid', 'it goes on', [asked, handed('a'), fetched(), userinfo('a')], 'failed', 'in no key set'],
    ['unknown-kid', 'it goes on, as was seen', [asked, handed('a'), told(true)], 'failed', 'in no key set'],
    ['unknown-kid', 'it asks again', [asked, handed('a'), fetched(), asked], 'passed', 'refused'],
    ['unknown-kid', 'it refuses, as was seen', [asked, handed('a'), told(false)], 'passed', 'refused'],
    ['unknown-kid', 'it looks, then silence', [asked, handed('a'), fetched()], 'passed', 'did not go on'],
    ['unknown-kid', 'silence', [asked, handed('a')], 'unclear', 'handed the token'],
    ['unknown-kid', 'silence until the end', [asked, handed('a'), ended, asked], 'unclear', 'handed the token'],
    [
      'unknown-kid',
      'an older session goes on',
      [asked, handed('a'), { kind: 'alive', by: 'userinfo', of: 'at-older', clientId }, fetched()],
      ...(['passed', 'did not go on'] as const),
    ],
    [
      'unknown-kid',
      'an older session is refreshed and goes on',
      [handed('b', true, 'rt-older'), userinfo('b')],
      ...(['untried', 'nobody has begun'] as const),
    ],
    ['unavailable', 'it goes on', [asked, handed('a'), fetched(503), userinfo('a')], 'failed', 'could not fetch'],
    ['unavailable', 'nobody came again', [asked, handed('a'), fetched(503), ended], 'unclear', 'right either way'],
    [
      'unavailable',
      'it recovers',
      [asked, handed('a'), fetched(503), ended, asked, handed('b', false), userinfo('b')],
      ...(['passed', 'got the token, and signed people in'] as const),
    ],
    [
      'unavailable',
      'it does not recover',
      [asked, handed('a'), fetched(503), told(false), ended, asked, handed('b', false), told(false)],
      ...(['failed', 'refused one of the old key'] as const),
    ],
    [
      'same-kid',
      'it looks, goes on and recovers',
      [asked, handed('a'), fetched(), userinfo('a'), ended, asked, handed('b', false), userinfo('b')],
      ...(['passed', 'took the token, and signed people in'] as const),
    ],
    ['same-kid', 'it goes on without', [asked, handed('a'), userinfo('a'), ended], 'failed', 'without having fetched'],
    [
      'slow',
      'it goes on while it waits',
      [asked, handed('a'), userinfo('a'), [10, fetched()]],
      ...(['failed', 'without having fetched'] as const),
    ],
    [
      'slow',
      'it gave up and went on',
      [
        asked,
        handed('a'),
        { kind: 'keys', status: 200, from: 'this machine', seconds: 5, isGivenUp: true },
        userinfo('a'),
      ],
      ...(['failed', 'without having fetched'] as const),
    ],
  ])('%s, %s', (variant, _seen, details, outcome, says) => {
    const verdict = judge(variant, details);
    expect(verdict).toMatchObject({ outcome, says: expect.stringContaining(says) });
    expect(verdict.mend !== undefined).toBe(outcome === 'failed');
    expect(verdict.failedAt !== undefined).toBe(outcome === 'failed');
  });
});

describe('how sure it is', () => {
  it('certain is what whoever signed in has seen, and what follows from the tokens without a way around', () => {
    expect(judge('unknown-kid', [asked, handed('a'), told(true)]).sure).toBe('certain');
    expect(judge('unknown-kid', [asked, handed('a'), handed('b', true, 'rt-a')]).sure).toBe('certain');
    expect(judge('unknown-kid', [asked, handed('a'), userinfo('a')])).toMatchObject({
      sure: 'likely',
      doubt: expect.stringContaining('before they look'),
    });
  });

  it('a client that looks and checks nothing is not told from one that checks: it says so', () => {
    const verdict = judge('sudden', [asked, handed('a'), fetched(), userinfo('a')]);
    expect(verdict).toMatchObject({ sure: 'likely', doubt: expect.stringContaining('unknown-kid') });
  });

  it('a fetch from another address may be the client or not', () => {
    const others = [asked, handed('a'), fetched(200, '10.0.0.7'), userinfo('a')];
    expect(judge('sudden', others)).toMatchObject({
      outcome: 'failed',
      doubt: expect.stringContaining('another address'),
    });
    expect(judge('unknown-kid', [asked, handed('a'), fetched(200, '10.0.0.7')]).outcome).toBe('unclear');
  });

  it('within the cool-down of libraries nobody has failed yet, and is told to wait', () => {
    const early = [asked, handed('a'), told(false)];
    expect(judge('sudden', early, false)).toMatchObject({
      outcome: 'unclear',
      doubt: expect.stringContaining('minute'),
    });
    expect(judge('sudden', early)).toMatchObject({ outcome: 'failed', sure: 'likely' });
    const late: Parameters<typeof judge>[1] = [asked, [coolDownSeconds, handed('a')], told(false)];
    expect(judge('sudden', late, false)).toMatchObject({
      outcome: 'failed',
      failedAt: 'key set',
      sure: 'certain',
    });
  });

  it('before the end silence says nothing', () => {
    for (const variant of variantNames) {
      expect(judge(variant, [asked, handed('a'), fetched(variants[variant].answer.status)], false).outcome).toBe(
        'unclear',
      );
    }
  });

  it('the word of whoever signed in counts for the last sign-in, and the last word counts', () => {
    expect(judge('unknown-kid', [handed('a'), told(true), told(false)]).outcome).toBe('passed');
    expect(judge('unknown-kid', [told(true), handed('a'), told(false)]).outcome).toBe('passed');
    expect(judge('unknown-kid', [handed('a'), told(false), handed('b'), told(true)]).outcome).toBe('failed');
  });

  it('a library that keeps the key set may hold the other key for a while', () => {
    const steps = [handed('a'), fetched(), told(true), ended, asked, handed('b', false), told(false)];
    expect(judge('same-kid', steps)).toMatchObject({
      ...{ outcome: 'failed', failedAt: 'recovery', sure: 'likely' },
      doubt: expect.stringContaining('ten minutes'),
    });
  });
});
