import { describe, expect, it } from 'vitest';
import { demandedVersion, entityTag, isKnownVersion } from '../../../src/http/api/conditional.ts';

describe('If-Match', () => {
  it.each([
    ['no header', undefined, undefined],
    ['anything', '*', undefined],
    ['the tag of a version', '"3"', 3],
    ['a weak tag, which never matches strongly', 'W/"3"', 0],
    ['a tag of somebody else', '"abc"', 0],
    ['a tag no version has', '"0"', 0],
    ['a number no version has', '"99999999999999999999"', 0],
  ])('reads %s', (_what, header, version) => {
    expect(demandedVersion(header)).toBe(version);
  });

  it.each(['3', '"3', '"3", "4"', '"a"b"', 'W/3', '"\u0007"'])('refuses %j with 400', (header) => {
    expect(() => demandedVersion(header)).toThrow(
      expect.objectContaining({ code: 'invalid', cause: { httpStatus: 400 } }),
    );
  });
});

describe('If-None-Match', () => {
  it.each([
    [undefined, false],
    ['*', true],
    ['"3"', true],
    ['W/"3"', true],
    ['"2", "3"', true],
    ['"2"', false],
    ['3', false],
  ])('%s of version 3: %s', (header, known) => {
    expect(isKnownVersion(header, 3)).toBe(known);
  });

  it('knows the tag that was handed out', () => {
    expect(isKnownVersion(entityTag(7), 7)).toBe(true);
  });
});
