import { beforeAll, describe, expect, it } from 'vitest';
import { createManualClock } from '../../../src/base/clock.ts';
import { createReceiver } from '../../../src/domain/receiver/receiver.ts';
import { createReplays } from '../../../src/domain/receiver/replays.ts';
import { clientId, createSigner, logoutClaims, type Signer } from '../../support/logout-tokens.ts';

const issuer = 'https://id.example';

let signer: Signer;
let stranger: Signer;
beforeAll(async () => {
  signer = await createSigner('ES256');
  stranger = await createSigner('ES256');
});

function receiving() {
  const clock = createManualClock();
  const fetchKeys = async () => ({ keys: [signer.jwk as never] });
  const { receive } = createReceiver({ issuer, clientId, clock, fetchKeys });
  const signed = (changes: Record<string, unknown>, by = signer) =>
    by.sign({ claims: logoutClaims(issuer, clock.now(), changes) });
  return { clock, receive, signed };
}

describe('a token that comes again', () => {
  it('is refused for as long as it could be accepted, and said to be one', async () => {
    const { clock, receive, signed } = receiving();
    const token = await signed({ jti: 'once' });
    expect(await receive(token)).toMatchObject({ ok: true });
    const received = '"once", which was accepted at 2023-11-14T22:13:20.000Z';
    const replayed = { ok: false, problems: [{ step: 'jti', received }] };
    expect(await receive(token)).toMatchObject(replayed);
    // The same jti in another token is no better.
    expect(await receive(await signed({ jti: 'once', sub: 'acc_2' }))).toMatchObject(replayed);
    clock.advance(134_999);
    expect(await receive(token)).toMatchObject(replayed);
    clock.advance(1);
    expect((await receive(token)).problems).toMatchObject([{ step: 'exp' }, { step: 'jti' }]);
  });

  it('is accepted once of many at the same time', async () => {
    const { receive, signed } = receiving();
    const token = await signed({});
    const verdicts = await Promise.all(Array.from({ length: 20 }, () => receive(token)));
    expect(verdicts.filter(({ ok }) => ok)).toHaveLength(1);
  });

  it('is not held against the good one when it was bad, or when the app did not take it', async () => {
    const { receive, signed } = receiving();
    const good = await signed({ jti: 'j' });
    expect(await receive(await signed({ jti: 'j', aud: 'other' }))).toMatchObject({ ok: false });
    expect(await receive(await signed({ jti: 'j' }, stranger))).toMatchObject({ ok: false });
    expect(await receive(good, { remember: false })).toMatchObject({ ok: true });
    expect(await receive(good)).toMatchObject({ ok: true });
    expect(await receive(good)).toMatchObject({ ok: false });
  });

  it('is still known after a thousand others', async () => {
    const { receive, signed } = receiving();
    const first = await signed({});
    await receive(first);
    for (let count = 0; count < 1024; count += 1) await receive(await signed({}));
    expect(await receive(first)).toMatchObject({ ok: false, problems: [{ step: 'jti' }] });
  });
});

it('what could not be accepted again is forgotten once there is much of it, and nothing else', () => {
  const replays = createReplays();
  replays.remember('long', { now: 0, until: 1_000_000 });
  for (let count = 0; count < 1023; count += 1) replays.remember(`short ${count}`, { now: 0, until: 1000 });
  expect(replays.acceptedAt('short 0')).toBe(0);
  replays.remember('next', { now: 1000, until: 2000 });
  expect(['long', 'short 0', 'short 1022', 'next'].map(replays.acceptedAt)).toEqual([0, undefined, undefined, 1000]);
});
