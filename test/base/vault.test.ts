import { createSecretKey, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deriveKey, open, seal } from '../../src/base/vault.ts';

const key = createSecretKey(randomBytes(32));

describe('seal and open', () => {
  it('N02 only the same key with the same context opens it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.string(), fc.string(), (bytes, context, other) => {
        const sealed = seal(key, Buffer.from(bytes), context);
        expect(open(key, sealed, context).equals(Buffer.from(bytes))).toBe(true);
        if (other !== context) expect(() => open(key, sealed, other)).toThrow('could not be opened');
        expect(() => open(createSecretKey(randomBytes(32)), sealed, context)).toThrow('could not be opened');
      }),
    );
  });

  it('refuses every turned bit, and everything that is too short', () => {
    const sealed = seal(key, 'a secret', 'a context');
    for (let position = 0; position < sealed.length * 8; position++) {
      const turned = Buffer.from(sealed);
      turned[position >> 3] = (turned[position >> 3] as number) ^ (1 << (position & 7));
      expect(() => open(key, turned, 'a context')).toThrow('could not be opened');
    }
    for (let length = 0; length < sealed.length; length++) {
      expect(() => open(key, sealed.subarray(0, length), 'a context')).toThrow('could not be opened');
    }
  });

  it('never uses a nonce twice, and hides the text', () => {
    const sealed = Array.from({ length: 2000 }, () => seal(key, 'the same text', 'c'));
    expect(new Set(sealed.map((value) => value.subarray(0, 12).toString('hex'))).size).toBe(2000);
    expect(sealed.some((value) => value.includes('same text'))).toBe(false);
  });

  it('what fails to open tells neither key nor text', () => {
    const sealed = seal(key, 'a secret', 'a context');
    try {
      open(key, sealed, 'elsewhere');
      expect.unreachable();
    } catch (error) {
      expect(`${error} ${JSON.stringify(error)}`).not.toContain('a secret');
      expect(error).toMatchObject({ code: 'internal' });
    }
  });
});

it('deriveKey gives one key per purpose, the same one every time', () => {
  const bytes = (material: string, purpose: string) => deriveKey(material, purpose).export().toString('hex');
  expect(bytes('secret', 'one')).toBe(bytes('secret', 'one'));
  expect(new Set([bytes('secret', 'one'), bytes('secret', 'two'), bytes('other', 'one')]).size).toBe(3);
  expect(bytes('secret', 'one')).toHaveLength(64);
});
