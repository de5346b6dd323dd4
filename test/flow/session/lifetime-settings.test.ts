import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { visitorAt } from '../../support/door-visitor.ts';
import { silently, typed } from '../../support/silent.ts';
import { createWorld, type World } from '../../support/world.ts';

const minute = 60;
/** The engine forgives clocks that differ by this much (`clockTolerance`). */
const tolerance = 15;

let world: World;
beforeAll(async () => {
  world = await createWorld({
    lifetimes: { sessionIdleSeconds: 20 * minute, sessionSeconds: 60 * minute },
    admin: { idleSeconds: 4 * minute, sessionSeconds: 10 * minute },
  });
});
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});
afterAll(() => world.stop());

const advance = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000);

describe('the lifetimes of sessions are settings', () => {
  it('D06 of a person: unused, and in all', async () => {
    const visitor = world.visitor();
    await world.signIn(visitor, world.authorizeUrl('app'));
    advance(19 * minute);
    expect(await silently(world, visitor)).toBe('signed in');
    advance(20 * minute + tolerance + 1);
    expect(await silently(world, visitor)).toBe('login_required');

    await world.signIn(visitor, world.authorizeUrl('app'));
    for (let passed = 0; passed < 45; passed += 15) {
      advance(15 * minute);
      expect([passed, await silently(world, visitor)]).toEqual([passed, 'signed in']);
    }
    advance(15 * minute + tolerance + 1);
    expect(await silently(world, visitor)).toBe('login_required');
  });

  it('D06 of somebody who administers: unused, and in all; the session at the apps goes on', async () => {
    const { admin } = world.people;
    const at = await visitorAt(world, '/admin', admin);
    advance(3 * minute);
    expect((await at.get('/admin')).status).toBe(200);
    advance(4 * minute + 1);
    const idle = await at.get('/admin');
    expect(idle.status).toBe(303);
    const asked = await at.visitor.follow(idle);
    expect(asked.text).toContain('id="signin-title"');
    // A form of the page that stood open all the while changes nothing.
    expect((await at.post('/admin/groups/new', { name: 'too-late' })).status).toBe(403);
    expect(await world.postern.groups.find('too-late')).toBeUndefined();
    await world.signIn(at.visitor, world.authorizeUrl('app'), 'admin');
    expect(await silently(world, at.visitor)).toBe('signed in');

    const again = await visitorAt(world, '/admin', admin);
    for (let passed = 0; passed < 9; passed += 3) {
      advance(3 * minute);
      expect([passed, (await again.get('/admin')).status]).toEqual([passed, 200]);
    }
    advance(minute + 1);
    const over = await again.get('/admin');
    expect(over.status).toBe(303);
    const page = await again.visitor.follow(over);
    expect(page.text).toContain('id="signin-title"');
    const back = await again.visitor.submit(page, typed(world, 'admin'));
    expect([back.url, back.status]).toEqual([`${world.issuer}/admin`, 200]);
  });
});
