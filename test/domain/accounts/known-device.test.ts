import { createSecretKey } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { issueKnownDevice, readKnownDevice } from '../../../src/domain/accounts/known-device.ts';

const key = createSecretKey(Buffer.alloc(32, 1));
const until = 1_700_000_000_000;

describe('known device', () => {
  it('E03 is read back for its account, with its key, until its end', () => {
    const cookie = issueKnownDevice(key, 'acc_a', until);
    expect(readKnownDevice(key, 'acc_a', cookie, until - 1)).toBe(cookie.split('.')[0]);
    expect(readKnownDevice(key, 'acc_a', cookie, until)).toBeUndefined();
    expect(readKnownDevice(key, 'acc_b', cookie, 0)).toBeUndefined();
    expect(readKnownDevice(createSecretKey(Buffer.alloc(32, 2)), 'acc_a', cookie, 0)).toBeUndefined();
    expect(cookie).not.toContain('acc_a');
  });

  it('E03 no other cookie is good, and none makes it throw', () => {
    const cookie = issueKnownDevice(key, 'acc_a', until);
    const [id, end, mac] = cookie.split('.');
    expect(readKnownDevice(key, 'acc_a', `${id}.zzzzzzz.${mac}`, 0)).toBeUndefined();
    expect(readKnownDevice(key, 'acc_a', `${id}.${end}.${'A'.repeat(43)}`, 0)).toBeUndefined();
    expect(readKnownDevice(key, 'acc_a', `${id}.${end}.`, 0)).toBeUndefined();
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (other) => {
        expect(readKnownDevice(key, 'acc_a', other, 0)).toBeUndefined();
      }),
      { seed: 1 },
    );
  });
});
