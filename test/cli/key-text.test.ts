import { describe, expect, it } from 'vitest';
import type { KeyReadiness } from '../../src/app.ts';
import { barOf, nextText, readinessText, stepText } from '../../src/cli/key-text.ts';

const frame = { from: 0, to: 100, now: 50, width: 21 };

describe('the bar of a key', () => {
  it('has a mark for each phase, and now between two columns', () => {
    const phases = [
      { state: 'pending', from: 0, to: 20 },
      { state: 'active', from: 20, to: 70 },
      { state: 'retiring', from: 70, to: 90 },
    ] as const;
    expect(barOf([...phases], frame)).toBe('░░░░██████│████▒▒▒▒');
  });

  it('shows the shortest phase, and cuts off what lies outside', () => {
    const short = [
      { state: 'pending', from: 50, to: 51 },
      { state: 'active', from: 51, to: 500 },
    ] as const;
    expect(barOf([...short], frame)).toBe(`${' '.repeat(10)}│░${'█'.repeat(9)}`);
    expect(barOf([{ state: 'retiring', from: -50, to: 0 }], frame)).toBe(`▒${' '.repeat(9)}│`);
    expect(barOf([], { ...frame, now: 100 })).toBe(`${' '.repeat(20)}│`);
  });
});

describe('a key that waits for clients', () => {
  const [due, until] = [Date.UTC(2026, 10, 28), Date.UTC(2026, 11, 5)];
  const key = { kid: 'k', algorithm: 'ES256', state: 'pending', createdAt: 0, activatesAt: due } as const;
  const of = { ...key, isRevoked: false, isDamaged: false };

  it('is told by when it waits once its time has come, and not by a time that is past', () => {
    expect(nextText(of)).toBe('signs from 2026-11-28 00:00 UTC');
    expect(nextText({ ...of, waitsUntil: until })).toBe('waits until 2026-12-05 00:00 UTC');
    const step = { kind: 'wait', kid: 'k', until, at: due } as const;
    expect(stepText(step, due - 1)).toBe(
      '2026-11-28 00:00 UTC: k signs, or waits for clients until 2026-12-05 00:00 UTC',
    );
    expect(stepText(step, due)).toBe('k signs when all have it, by 2026-12-05 00:00 UTC');
  });
});

describe('readiness', () => {
  const none: KeyReadiness = {
    ...{ kid: 'k', clients: [], ready: 0, total: 0, idle: 0, unseenResources: [] },
    unattributed: { sources: 0 },
  };
  const client = (clientId: string, state: 'behind' | 'unknown' | 'perhaps' | 'fetched' | 'idle') => ({
    ...{ clientId, name: clientId, state, places: { known: 1, withKey: 0 } },
  });

  it('says how many have seen the key, which have not, and how sure that is', () => {
    const clients = [client('payroll', 'behind'), client('nightly', 'unknown'), client('wiki', 'perhaps')];
    const more = [client('grafana', 'fetched'), client('old', 'idle')];
    const said = readinessText({
      ...{ ...none, clients: [...clients, ...more], ready: 1, total: 4, idle: 1 },
      ...{ unattributed: { sources: 3 }, unseenResources: ['https://orders.example'] },
    });
    expect(said).toEqual([
      '1 of 4 clients have seen it',
      '- payroll has fetched the key set, but not since this key is in it',
      '- nightly was never seen fetching the key set',
      '- wiki may have fetched it: somebody has, from a place that it shares with others',
      '- who verifies the tokens of https://orders.example cannot be seen',
      '- 3 addresses of no client have fetched it',
    ]);
  });

  it('names the first twenty, and no terminal is steered by a name', () => {
    const clients = Array.from({ length: 25 }, (_, at) => client(`c${at}\u001b[2J`, 'unknown'));
    const said = readinessText({ ...none, clients, total: 25 });
    expect(said).toHaveLength(22);
    expect(said.at(-1)).toBe('- and 5 more');
    expect(said.join('')).not.toContain('\u001b');
    expect(readinessText(none)).toEqual(['no client in use has to fetch it']);
  });
});
