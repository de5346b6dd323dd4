import { describe, expect, it } from 'vitest';
import { costOf, createPasswords, isPhcString } from '../../../src/domain/accounts/password.ts';
import { cheapPasswords } from './room.ts';

describe('passwords', () => {
  it('round-trips through a PHC string with the cost of the settings', async () => {
    const passwords = createPasswords({ ...cheapPasswords, memoryKib: 64, iterations: 2 });
    const phc = await passwords.hash('pässwörd');
    expect(phc).toMatch(/^\$argon2id\$v=19\$m=64,t=2,p=1\$/);
    expect(isPhcString(phc)).toBe(true);
    expect(costOf(phc)).toBe('m=64,t=2,p=1');
    expect(await passwords.verify(phc, 'pässwörd')).toBe(true);
    expect(await passwords.verify(phc, 'password')).toBe(false);
    expect(passwords.verifications()).toBe(2);
  });

  it('E15 never truncates: passwords that differ only in character 73 or 256 are different', async () => {
    const passwords = createPasswords(cheapPasswords);
    for (const length of [73, 256]) {
      const phc = await passwords.hash(`${'a'.repeat(length - 1)}x`);
      expect(await passwords.verify(phc, `${'a'.repeat(length - 1)}x`)).toBe(true);
      expect(await passwords.verify(phc, `${'a'.repeat(length - 1)}y`)).toBe(false);
      expect(await passwords.verify(phc, 'a'.repeat(length - 1))).toBe(false);
    }
  });

  it('takes composed and decomposed letters, and any space, for the same; not case or width', async () => {
    const passwords = createPasswords(cheapPasswords);
    const phc = await passwords.hash('caf\u00e9 au lait');
    expect(await passwords.verify(phc, 'cafe\u0301\u00a0au\u2003lait')).toBe(true);
    expect(await passwords.verify(phc, 'Caf\u00e9 au lait')).toBe(false);
    expect(await passwords.verify(phc, '\uff43af\u00e9 au lait')).toBe(false);
  });

  it('E08 without a hash it does the same work and says no', async () => {
    const passwords = createPasswords(cheapPasswords);
    expect(await passwords.verify(undefined, 'anything')).toBe(false);
    expect(passwords.verifications()).toBe(1);
    const tooLong = 'a'.repeat(257);
    expect(await passwords.verify(await passwords.hash(tooLong), tooLong)).toBe(false);
    expect(passwords.verifications()).toBe(2);
  });

  it('E17 asks for a new hash when cost or variant is another', async () => {
    const passwords = createPasswords(cheapPasswords);
    const phc = await passwords.hash('x');
    expect(passwords.needsRehash(phc)).toBe(false);
    expect(createPasswords({ ...cheapPasswords, memoryKib: 16 }).needsRehash(phc)).toBe(true);
    expect(passwords.needsRehash(phc.replace('argon2id', 'argon2i'))).toBe(true);
  });

  it('refuses what does not fit the queue, in all and per address, and goes on afterwards', async () => {
    const passwords = createPasswords({ ...cheapPasswords, concurrency: 1, queue: 3, maxQueuedPerAddress: 2 });
    const tries = ['a', 'a', 'a', 'a', 'b', 'c'].map((address) => passwords.verify(undefined, 'x', address));
    const outcomes = await Promise.allSettled(tries);
    // One runs, two of `a` wait, the fourth is too much for `a`; `b` fills the queue, `c` finds it full.
    expect(outcomes.map((outcome) => outcome.status)).toEqual([
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
      'rejected',
    ]);
    expect((outcomes[3] as PromiseRejectedResult).reason).toMatchObject({ code: 'unavailable', retryAfterSeconds: 2 });
    expect(await passwords.verify(undefined, 'x', 'a')).toBe(false);
  });

  it('gives up waiting after the time of the settings', async () => {
    const passwords = createPasswords({
      ...cheapPasswords,
      memoryKib: 65_536,
      iterations: 4,
      concurrency: 1,
      maxWaitSeconds: 0.005,
    });
    const first = passwords.verify(undefined, 'x');
    await expect(passwords.verify(undefined, 'x')).rejects.toMatchObject({ code: 'unavailable' });
    expect(await first).toBe(false);
    expect(passwords.verifications()).toBe(1);
  });
});
