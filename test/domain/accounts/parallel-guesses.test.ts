import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { databases, type OpenedDatabase } from '../../support/databases.ts';
import { limits, openRoom } from './room.ts';

let opened: OpenedDatabase;
afterEach(() => opened.close());

describe.each(databases)('guessing in parallel on $name', ({ open }) => {
  beforeEach(async () => {
    opened = await open();
  });

  it('E02 200 wrong guesses at once: five are verified, the others refused', async () => {
    const room = await openRoom(opened.db, { throttle: { global: { limit: 1000, windowSeconds: 1 } } });
    const outcomes = await Promise.all(
      Array.from({ length: 200 }, (_, guess) => room.attempt('alice', `wrong ${guess}`, '192.0.2.1')),
    );
    const codes = outcomes.map((outcome) => outcome.code);
    expect(room.accounts.verifications()).toBe(5);
    expect(codes.filter((code) => code === 'unauthorized')).toHaveLength(5);
    expect(codes.filter((code) => code === 'rate_limited')).toHaveLength(195);
  });

  it('E02 200 guesses at once from 200 addresses: eleven are verified', async () => {
    const room = await openRoom(opened.db, { throttle: { global: { limit: 1000, windowSeconds: 1 } } });
    await Promise.all(Array.from({ length: 200 }, (_, guess) => room.attempt('alice', 'wrong', `10.0.0.${guess}`)));
    expect(room.accounts.verifications()).toBe(limits.account.limit + 1);
  });
});
