import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ConfigInput } from '../../src/config/config.ts';
import { goodSecret, load, problems } from './place.ts';

const serve = { issuer: 'https://id.example.org', secret: [goodSecret] };
const modes = ['dev', 'testing', 'serve'] as const;
const valuesFor = (mode: (typeof modes)[number], keys: object): ConfigInput =>
  ({ ...(mode === 'serve' && serve), keys }) as ConfigInput;

describe('the settings of keys', () => {
  it.each(modes)('J03 in %s a new key is published for longer than anybody may keep an older key set', async (mode) => {
    const { keys } = await load({ mode, values: valuesFor(mode, {}) });
    expect(keys.publishAheadSeconds).toBeGreaterThanOrEqual(2 * keys.maxAgeSeconds);
    expect(keys.publishAheadSeconds).toBe(mode === 'serve' ? 86_400 : 0);
    expect(keys.maxAgeSeconds).toBe(mode === 'serve' ? 300 : 0);
  });

  it('J03 holds for every configuration that is accepted, and those that are refused would break it', async () => {
    const seconds = (max: number) => fc.oneof(fc.constant(0), fc.integer({ min: 0, max }));
    const some = fc.record({
      mode: fc.constantFrom(...modes),
      publishAheadSeconds: seconds(200_000),
      maxAgeSeconds: seconds(86_400),
      override: fc.option(seconds(200_000), { nil: undefined }),
    });
    await fc.assert(
      fc.asyncProperty(some, async ({ mode, publishAheadSeconds, maxAgeSeconds, override }) => {
        const overrides = override === undefined ? [] : [{ algorithm: 'ES256', publishAheadSeconds: override }];
        const given = { publishAheadSeconds, maxAgeSeconds, overrides };
        const least = Math.max(maxAgeSeconds === 0 ? 0 : 2 * maxAgeSeconds + 60, mode === 'serve' ? 3600 : 0);
        const isSafe = [publishAheadSeconds, override ?? publishAheadSeconds].every((ahead) => ahead >= least);
        const loading = load({ mode, values: valuesFor(mode, given) });
        if (isSafe) expect((await loading).keys).toMatchObject(given);
        else await expect(loading).rejects.toMatchObject({ code: 'invalid', exitStatus: 78 });
      }),
      { numRuns: 200 },
    );
  });

  it('says what is wrong, all at once', async () => {
    const given = {
      ...{ algorithms: ['ES256'], publishAheadSeconds: 60, activeSeconds: 60 },
      overrides: [
        { algorithm: 'ES256', activeSeconds: 60 },
        { algorithm: 'ES256', publishAheadSeconds: 86_400, activeSeconds: 86_400 },
      ],
    };
    const found = await problems({ mode: 'serve', values: valuesFor('serve', given) });
    for (const expected of [
      /keys\.algorithms.* must have RS256/,
      /keys\.publishAheadSeconds.* must be at least 3600/,
      /keys\.activeSeconds.* must be longer/,
      /keys\.overrides\[1\]\.algorithm.* is there twice/,
      /keys\.overrides\[1\]\.activeSeconds.* must be longer/,
    ]) {
      expect(
        found.some((problem) => expected.test(problem)),
        `${expected} in ${found.join('; ')}`,
      ).toBe(true);
    }
  });

  it('a resource can sign with any algorithm that keys are made for, and with no other', async () => {
    const resources = [
      { identifier: 'urn:example:api', scopes: ['a'], format: 'jwt' as const, algorithm: 'PS256' as const },
    ];
    expect((await load({ values: { resources } })).resources[0]).toMatchObject({ algorithm: 'PS256' });
    const found = await problems({ values: { resources, keys: { algorithms: ['RS256'] } } });
    expect(found.join()).toMatch(/resources\[0\]\.algorithm.* is not among keys\.algorithms/);
  });
});
