import { beforeAll, describe, expect, it } from 'vitest';
import { createManualClock } from '../../../src/base/clock.ts';
import { createReceiver } from '../../../src/domain/receiver/receiver.ts';
import { clientId, createSigner, logoutClaims, type Signer } from '../../support/logout-tokens.ts';

const issuer = 'https://id.example';

let first: Signer;
let second: Signer;
beforeAll(async () => {
  [first, second] = [await createSigner('ES256', 'first'), await createSigner('ES256', 'second')];
});

/** A receiver of an issuer whose keys change, and who may be away. */
function receiving(published: Signer[]) {
  const clock = createManualClock();
  const state = { published, fetches: 0, isAway: false };
  const { receive } = createReceiver({
    ...{ issuer, clientId, clock },
    async fetchKeys() {
      state.fetches += 1;
      if (state.isAway) throw new Error('id.example could not be reached (ECONNREFUSED)');
      return { keys: state.published.map(({ jwk }) => jwk as never), algorithms: ['ES256'] };
    },
  });
  const signed = async (by: Signer, header = {}) => by.sign({ claims: logoutClaims(issuer, clock.now()), header });
  return { clock, state, receive, signed };
}

describe('the keys of the issuer', () => {
  it('are fetched once, for many tokens at the same time and after', async () => {
    const { state, receive, signed } = receiving([first]);
    const tokens = await Promise.all(Array.from({ length: 10 }, () => signed(first)));
    const verdicts = await Promise.all(tokens.map((token) => receive(token)));
    expect(verdicts.every(({ ok }) => ok)).toBe(true);
    expect(await receive(await signed(first))).toMatchObject({ ok: true });
    expect(state.fetches).toBe(1);
  });

  it('are fetched again when a token names one that is not there', async () => {
    const { clock, state, receive, signed } = receiving([first]);
    await receive(await signed(first));
    state.published = [second, first];
    clock.advance(30_000);
    const tokens = [await signed(second), await signed(first), await signed(second)];
    const verdicts = await Promise.all(tokens.map((token) => receive(token)));
    expect(verdicts.map(({ ok }) => ok)).toEqual([true, true, true]);
    expect(state.fetches).toBe(2);
  });

  it('are not fetched for every token of nobody', async () => {
    const { clock, state, receive, signed } = receiving([first]);
    for (let count = 0; count < 5; count += 1) {
      expect(await receive(await signed(second))).toMatchObject({ ok: false, problems: [{ step: 'kid' }] });
      clock.advance(5000);
    }
    expect(state.fetches).toBe(1);
    clock.advance(5000);
    await receive(await signed(second));
    expect(state.fetches).toBe(2);
  });

  it('are fetched again where tokens name no key and the one there is does not fit', async () => {
    const { clock, state, receive, signed } = receiving([first]);
    await receive(await signed(first, { kid: undefined }));
    state.published = [second];
    clock.advance(30_000);
    expect(await receive(await signed(second, { kid: undefined }))).toMatchObject({ ok: true });
    expect(await receive(await signed(first, { kid: undefined }))).toMatchObject({ problems: [{ step: 'signature' }] });
  });

  it('are forgotten after ten minutes, so that a withdrawn key ends', async () => {
    const { clock, state, receive, signed } = receiving([first, second]);
    await receive(await signed(first));
    state.published = [second];
    clock.advance(599_999);
    expect(await receive(await signed(first))).toMatchObject({ ok: true });
    clock.advance(1);
    expect(await receive(await signed(first))).toMatchObject({ ok: false, problems: [{ step: 'kid' }] });
  });

  it('may be out of reach: that is said beside all else, and the next token finds them', async () => {
    const { clock, state, receive } = receiving([first]);
    state.isAway = true;
    const token = await first.sign({ claims: logoutClaims(issuer, clock.now(), { aud: 'other' }) });
    const away = { step: 'keys', received: 'no keys: id.example could not be reached (ECONNREFUSED)' };
    expect(await receive(token)).toMatchObject({ ok: false, problems: [away, { step: 'aud' }] });
    state.isAway = false;
    expect((await receive(token)).problems).toMatchObject([{ step: 'aud' }]);
  });

  it('may be out of reach when they are wanted again', async () => {
    const { clock, state, receive, signed } = receiving([first]);
    await receive(await signed(first));
    clock.advance(30_000);
    state.isAway = true;
    expect((await receive(await signed(second))).problems).toMatchObject([{ step: 'kid' }, { step: 'keys' }]);
    expect(await receive(await signed(first))).toMatchObject({ ok: true });
  });
});
