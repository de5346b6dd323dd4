import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changeOf, mergePatch } from '../../../src/http/api/merge-patch.ts';

describe('a JSON merge patch', () => {
  // RFC 7396, appendix A.
  it.each([
    ['{"a":"b"}', '{"a":"c"}', '{"a":"c"}'],
    ['{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'],
    ['{"a":"b"}', '{"a":null}', '{}'],
    ['{"a":"b","b":"c"}', '{"a":null}', '{"b":"c"}'],
    ['{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'],
    ['{"a":"c"}', '{"a":["b"]}', '{"a":["b"]}'],
    ['{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'],
    ['{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'],
    ['["a","b"]', '["c","d"]', '["c","d"]'],
    ['{"a":"b"}', '["c"]', '["c"]'],
    ['{"a":"foo"}', 'null', 'null'],
    ['{"a":"foo"}', '"bar"', '"bar"'],
    ['{"e":null}', '{"a":1}', '{"e":null,"a":1}'],
    ['[1,2]', '{"a":"b","c":null}', '{"a":"b"}'],
    ['{}', '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}'],
  ])('makes of %s with %s: %s', (target, patch, result) => {
    expect(mergePatch(JSON.parse(target), JSON.parse(patch))).toEqual(JSON.parse(result));
  });

  it('changes neither side, and applied twice says the same', () => {
    fc.assert(
      fc.property(fc.json(), fc.json(), (left, right) => {
        const [target, patch] = [JSON.parse(left), JSON.parse(right)];
        const merged = mergePatch(target, patch);
        expect(target).toEqual(JSON.parse(left));
        expect(patch).toEqual(JSON.parse(right));
        expect(mergePatch(merged, patch)).toEqual(merged);
      }),
      { numRuns: 200 },
    );
  });
});

describe('the change that a patch means', () => {
  it('names what the patch names: the new value, or null', () => {
    const current = { name: 'Bob', roles: { a: ['x'], b: ['y'] }, uris: ['u'] };
    const patch = { name: null, roles: { a: null, c: ['z'] }, uris: [] };
    expect(changeOf(current, patch)).toEqual({ name: null, roles: { b: ['y'], c: ['z'] }, uris: [] });
  });

  it('takes nothing from the prototype', () => {
    expect(changeOf({}, JSON.parse('{"constructor":{"a":1}}'))).toEqual({ constructor: { a: 1 } });
    expect(Object.hasOwn(Object.prototype, 'a')).toBe(false);
  });
});
