import { describe, expect, it } from 'vitest';
import { type Evidence, judge, type Place, type Verdict } from '../../../src/domain/readiness/judge.ts';

const day = 86_400_000;
const now = 1_700_000_000_000;
/** The key came into the key set an hour ago. */
const publishedAt = now - 3_600_000;
const [before, after, later] = [publishedAt - day, publishedAt + 60_000, publishedAt + 120_000];

const at = (fetchedAt: number | undefined, changes: Partial<Place> = {}): Place => ({
  ...{ kind: 'address', sharedWith: [], seenAt: later },
  ...(fetchedAt !== undefined && { fetch: { at: fetchedAt, hasKey: fetchedAt > publishedAt } }),
  ...changes,
});
const shared = (fetchedAt: number | undefined, changes: Partial<Place> = {}) =>
  at(fetchedAt, { sharedWith: ['wiki'], ...changes });
const page = (fetchedAt: number | undefined, sharedWith: string[] = []) =>
  at(fetchedAt, { kind: 'origin', sharedWith, seenAt: undefined });

const alive = (places: Place[], rest: Partial<Evidence> = {}): Evidence => ({ aliveAt: now - day, places, ...rest });
const use = (tokenIssuedAt: number) => ({ tokenIssuedAt, at: tokenIssuedAt + 5000 });

const byAddress = { how: 'address' } as const;
const cases: [string, Evidence, Verdict][] = [
  // Nothing heard.
  ['never heard of', { places: [at(after)] }, { state: 'idle' }],
  ['silent for more than 30 days', alive([at(after)], { aliveAt: now - 30 * day - 1 }), { state: 'idle' }],
  ['heard of 30 days ago', alive([], { aliveAt: now - 30 * day }), { state: 'unknown' }],

  // Tokens that the key has signed.
  [
    'it has used what it got with the first token of the key',
    alive([], { issuedAt: after, use: use(after) }),
    { state: 'proven', how: 'use', usedAt: after + 5000 },
  ],
  [
    'also in the same second, as issue times have no smaller parts',
    alive([], { issuedAt: after + 999, use: use(after) }),
    { state: 'proven', how: 'use', usedAt: after + 5000 },
  ],
  [
    'what it has used is from the second before',
    alive([], { issuedAt: after, use: use(after - 1000) }),
    { state: 'unknown' },
  ],
  ['it was handed a token and used none', alive([], { issuedAt: after }), { state: 'unknown' }],
  ['it has used tokens, but got none of this key', alive([], { use: use(after) }), { state: 'unknown' }],
  [
    'proven, though its address is behind',
    alive([at(before)], { issuedAt: after, use: use(later) }),
    { state: 'proven', how: 'use', usedAt: later + 5000 },
  ],

  // Addresses.
  ['no place known', alive([]), { state: 'unknown' }],
  ['an address that never fetched', alive([at(undefined), shared(undefined)]), { state: 'unknown' }],
  ['its own address has fetched since', alive([at(after)]), { state: 'fetched', ...byAddress, fetchedAt: after }],
  ['its own address has not', alive([at(before)]), { state: 'behind', ...byAddress, fetchedAt: before }],
  [
    'an address of several has fetched since',
    alive([shared(after)]),
    { state: 'perhaps', ...byAddress, fetchedAt: after, sharedWith: ['wiki'] },
  ],
  [
    'an address of several has not: nobody there has the key',
    alive([shared(before)]),
    { state: 'behind', ...byAddress, fetchedAt: before, sharedWith: ['wiki'] },
  ],
  [
    'two of its own have, the last fetch counts',
    alive([at(after), at(later)]),
    { state: 'fetched', ...byAddress, fetchedAt: later },
  ],
  [
    'one of its own has, another in use has not: a second server',
    alive([at(after), at(before)]),
    { state: 'behind', ...byAddress, fetchedAt: before },
  ],
  [
    'one of its own has, another has not and is not in use any more',
    alive([at(after), at(before, { seenAt: before })]),
    { state: 'fetched', ...byAddress, fetchedAt: after },
  ],
  [
    'one of its own has, one that it shares and uses has not: that may be a second server',
    alive([at(after), shared(before)]),
    { state: 'perhaps', ...byAddress, fetchedAt: after, sharedWith: ['wiki'] },
  ],
  [
    'one of its own has, and one that it shares',
    alive([at(after), shared(later)]),
    { state: 'fetched', ...byAddress, fetchedAt: after },
  ],
  [
    'one of its own in use has not, one that it shares has',
    alive([at(before), shared(after)]),
    { state: 'behind', ...byAddress, fetchedAt: before },
  ],
  [
    'two that it shares with different clients',
    alive([shared(after), at(later, { sharedWith: ['grafana', 'wiki'] })]),
    { state: 'perhaps', ...byAddress, fetchedAt: later, sharedWith: ['grafana', 'wiki'] },
  ],

  // Pages.
  ['its own pages have', alive([page(after)]), { state: 'fetched', how: 'origin', fetchedAt: after }],
  ['its own pages have not', alive([page(before)]), { state: 'behind', how: 'origin', fetchedAt: before }],
  [
    'pages of an origin that is also of another client',
    alive([page(after, ['other'])]),
    { state: 'perhaps', how: 'origin', fetchedAt: after, sharedWith: ['other'] },
  ],
  [
    'pages of one origin have, those of another were not opened since',
    alive([page(after), page(before)]),
    { state: 'fetched', how: 'origin', fetchedAt: after },
  ],
];

describe('how ready a client is', () => {
  it.each(cases)('%s', (_name, evidence, verdict) => {
    expect(judge(evidence, { publishedAt, now })).toEqual(verdict);
  });

  it('says with whom a place is shared wherever it rests on one that is, and nowhere else', () => {
    for (const [name, evidence, { state, sharedWith }] of cases) {
      if (state === 'perhaps') expect(sharedWith, name).not.toHaveLength(0);
      if (state === 'fetched' || state === 'proven') expect(sharedWith, name).toBeUndefined();
      expect(Object.keys(judge(evidence, { publishedAt, now })), name).not.toContain('places');
    }
  });
});
