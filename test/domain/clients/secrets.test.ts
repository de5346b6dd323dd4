import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { digest } from '../../../src/base/ids.ts';
import { generateSecret, secretMatches, secretProblem, storedSecret } from '../../../src/domain/clients/secrets.ts';

const live = (secret: string) => ({ hash: digest(secret), expires_at: null });

describe('client secrets', () => {
  it('B18 in the overlap both secrets match, afterwards the new one alone', () => {
    const secrets = [{ hash: digest('old'), expires_at: 1000 }, live('new')];
    expect(secretMatches(secrets, 'old', 999)).toBe(true);
    expect(secretMatches(secrets, 'new', 999)).toBe(true);
    expect(secretMatches(secrets, 'old', 1000)).toBe(false);
    expect(secretMatches(secrets, 'new', 1000)).toBe(true);
  });

  it('an expired secret does not spoil a live one with the same value', () => {
    expect(secretMatches([live('same'), { hash: digest('same'), expires_at: 1 }], 'same', 2)).toBe(true);
  });

  it.each(['', 'wrong', digest('right'), 'right ', 'Right'])('%j does not match', (presented) => {
    expect(secretMatches([live('right')], presented, 0)).toBe(false);
  });

  it('nothing matches no secrets, or a damaged hash', () => {
    expect(secretMatches([], '', 0)).toBe(false);
    expect(secretMatches([{ hash: '', expires_at: null }], '', 0)).toBe(false);
  });

  it('N11 what is generated has 256 bits, passes the policy and is stored as its SHA-256', () => {
    const secret = generateSecret();
    expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
    expect(secretProblem(secret)).toBeUndefined();
    expect(storedSecret(secret, 5)).toEqual({ hash: digest(secret), createdAt: 5, expiresAt: null });
    expect(JSON.stringify(storedSecret(secret, 5))).not.toContain(secret);
  });

  it.each([
    'demo-secret',
    'correct horse battery staple correct horse battery staple',
    'a'.repeat(64),
    'ab'.repeat(40),
    `${'+'.repeat(20)}${'x'.repeat(30)}`,
    'x'.repeat(300),
  ])('N11 %j is too weak', (secret) => {
    expect(secretProblem(secret)).toContain('256');
  });

  it('N11 256 random bits in hex will do', () => {
    for (let round = 0; round < 50; round++) expect(secretProblem(randomBytes(32).toString('hex'))).toBeUndefined();
  });
});
