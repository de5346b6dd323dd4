import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { models } from '../../../src/domain/records/model.ts';
import { expectHarmless } from '../../support/refusals.ts';
import { cookieHeader, formOf, nextOf, silently, typed } from '../../support/silent.ts';
import { createWorld, type World } from '../../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.stop());

const interactions = () =>
  world.postern.db.get('SELECT COUNT(*) AS count FROM records WHERE model = ?', [models.Interaction]);

describe('an interaction belongs to the browser that began it', () => {
  it('D02 the link alone opens nothing: no form, nothing consumed, and the owner goes on', async () => {
    const attacker = world.visitor();
    const page = await attacker.open(world.authorizeUrl('app'));
    const before = await interactions();

    for (const victim of [world.visitor(), await signedIn('bob')]) {
      const opened = await victim.request(page.url);
      expectHarmless(opened);
      expect(opened.status).toBe(400);
      expect(opened.text).toContain('This sign-in is over');
      expect(opened.text).not.toContain('<form');

      const posted = await victim.request(page.url, {
        method: 'POST',
        body: formOf(page, typed(world, 'bob')),
      });
      expectHarmless(posted, [world.people.bob.password]);
      expect(posted.status).toBe(400);
    }
    expect(await interactions()).toEqual(before);

    const done = await attacker.submit(page, typed(world, 'alice'));
    expect(done.text).toContain('id="consent-allow"');
  });

  it('D02 the cookie of one interaction does not open another', async () => {
    const [mine, theirs] = [world.visitor(), world.visitor()];
    const own = await mine.open(world.authorizeUrl('app'));
    const other = await theirs.open(world.authorizeUrl('app'));
    const cookie = cookieHeader(mine, new URL(own.url).pathname);
    const response = await fetch(other.url, { headers: { cookie, accept: 'text/html' } });
    expect(response.status).toBe(400);
    expect(await response.text()).not.toContain('<form');
  });

  it('D02 the way back without the cookie, or with another person signed in, gives no code', async () => {
    const attacker = world.visitor();
    const page = await attacker.open(world.authorizeUrl('app'));
    const answer = await attacker.request(page.url, { method: 'POST', body: formOf(page, typed(world, 'alice')) });
    const resume = nextOf(answer);
    for (const victim of [world.visitor(), await signedIn('bob')]) {
      const resumed = await victim.request(resume);
      expectHarmless(resumed);
      expect(resumed.status).toBe(400);
      expect(resumed.headers.get('location')).toBeNull();
    }
  });

  it('D02 two tabs of one browser do not disturb each other', async () => {
    const visitor = world.visitor();
    const one = await visitor.open(world.authorizeUrl('app'));
    const two = await visitor.open(world.authorizeUrl('app2'));
    const first = await visitor.submit(one, typed(world, 'alice'));
    expect(new URL((await visitor.submit(first, { do: 'allow' })).url).host).toBe('rp.example');
    const second = await visitor.submit(two, typed(world, 'alice'));
    expect(new URL((await visitor.submit(second, { do: 'allow' })).url).host).toBe('rp2.example');
  });

  it('D02 an interaction that is too old, and one that never was, are over', async () => {
    const visitor = world.visitor();
    for (const uid of ['never', 'x'.repeat(43), '__proto__', 'a%20b', encodeURIComponent('<script>')]) {
      const answer = await visitor.request(`/interaction/${uid}`);
      expectHarmless(answer);
      expect(answer.status).toBe(400);
      expect(answer.text).not.toContain('<script>');
    }
  });
});

describe('an interaction is finished once', () => {
  it('D03 the second answer to the same page is refused, and the first one stands', async () => {
    const visitor = world.visitor();
    const page = await visitor.open(world.authorizeUrl('app'));
    const consent = await visitor.submit(page, typed(world, 'alice'));
    const again = await visitor.request(page.url, { method: 'POST', body: formOf(page, typed(world, 'bob')) });
    expectHarmless(again);
    expect(again.status).toBe(400);

    const back = await visitor.submit(consent, { do: 'allow' });
    expect(new URL(back.url).searchParams.has('code')).toBe(true);
    const late = await visitor.request(consent.url, { method: 'POST', body: formOf(consent, { do: 'allow' }) });
    expect(late.status).toBe(400);
    expect(await silently(world, visitor)).toBe('signed in');
  });

  it('D03 eight forms at once, then eight ways back at once: one code, seven times 400', async () => {
    for (let round = 0; round < 5; round++) {
      const visitor = world.visitor();
      const consent = await visitor.submit(await visitor.open(world.authorizeUrl('app')), typed(world, 'alice'));
      const cookie = cookieHeader(visitor, new URL(consent.url).pathname);
      const forms = await eight(() =>
        fetch(consent.url, { method: 'POST', headers: { cookie }, body: formOf(consent, { do: 'allow' }) }),
      );
      expect(forms.every(({ status }) => status === 200)).toBe(true);
      const path = new URL(nextOf({ text: (await forms[0]?.text()) ?? '' }), world.issuer).pathname;
      const resumed = await eight(() =>
        fetch(new URL(path, world.issuer), {
          headers: { cookie: cookieHeader(visitor, path), accept: 'text/html' },
          redirect: 'manual',
        }),
      );
      const statuses = resumed.map(({ status }) => status).sort();
      expect(statuses).toEqual([303, ...Array(7).fill(400)]);
      expect(resumed.filter(({ headers }) => headers.get('location')?.includes('code='))).toHaveLength(1);
    }
  });
});

const eight = <Result>(work: () => Promise<Result>): Promise<Result[]> => Promise.all(Array.from({ length: 8 }, work));

async function signedIn(name: 'alice' | 'bob') {
  const visitor = world.visitor();
  await world.signIn(visitor, world.authorizeUrl('app'), name);
  return visitor;
}

it('D02 outside of `dev` nobody is picked from a list: the field is no way around the password', async () => {
  const visitor = world.visitor();
  const page = await visitor.open(world.authorizeUrl('app'));
  expect(page.text).not.toContain('data-account');
  const answer = await visitor.request(page.url, { method: 'POST', body: formOf(page, { account: 'alice' }) });
  expectHarmless(answer);
  expect(answer.status).toBe(422);
  expect(await silently(world, visitor)).toBe('login_required');
});
