import { describe, expect, it } from 'vitest';
import { createManualClock } from '../../src/base/clock.ts';
import { createAssets } from '../../src/http/assets.ts';
import { createViews } from '../../src/http/views.ts';

describe('assets', () => {
  it('have an address that changes with the content', () => {
    const [one, other] = [
      createAssets({ name: 'A', accent: '#7a1f5c' }),
      createAssets({ name: 'A', accent: '#008080' }),
    ];
    expect(one.address('/assets/brand.css')).toMatch(/^\/assets\/brand\.css\?v=[\w-]{16}$/);
    expect(one.address('/assets/brand.css')).not.toBe(other.address('/assets/brand.css'));
    expect(one.address('/assets/postern.css')).toBe(other.address('/assets/postern.css'));
    expect(one.files.get('/assets/brand.css')?.body.toString()).toBe(':root { --accent: #7a1f5c }\n');
  });

  it('have no sheet of the team without an accent', () => {
    const assets = createAssets({ name: 'A' });
    expect(assets.address('/assets/brand.css')).toBeUndefined();
    expect([...assets.files.keys()]).toEqual(['/assets/postern.css', '/assets/mark.svg']);
  });

  it.each(['red; } body { display: none', 'url(https://evil.test/x)', '#12', '', 'var(--bad)', 'teal', '#7a1f5c\n'])(
    'refuse the accent "%s"',
    (accent) => {
      expect(() => createAssets({ name: 'A', accent })).toThrow('not a colour');
    },
  );

  it.each(['#fff', '#7A1F5C'])('take the accent "%s"', (accent) => {
    expect(createAssets({ name: 'A', accent }).address('/assets/brand.css')).toBeDefined();
  });
});

describe('another brand while the server runs', () => {
  const clock = createManualClock(0);
  const views = createViews({ brand: { name: 'Castle', accent: '#7a1f5c' }, mode: 'serve', cache: true, clock });
  const page = () => views.render('device/refused', {}, { locale: 'en', path: '/' });
  const sheet = () => /\/assets\/brand\.css\?v=[\w-]+/.exec(page())?.[0];

  it('is on every page from then on, its accent under another address', () => {
    const before = sheet();
    expect(page()).toContain('Castle');
    views.rebrand({ name: 'Keep', accent: '#0b6e4f' });
    expect(page()).toContain('Keep');
    expect(page()).not.toContain('Castle');
    expect(sheet()).toMatch(/brand\.css/);
    expect(sheet()).not.toBe(before);
    expect(views.assets.get('/assets/brand.css')?.body.toString()).toContain('#0b6e4f');
    views.rebrand({ name: 'Keep' });
    expect(sheet()).toBeUndefined();
    expect(views.assets.get('/assets/brand.css')).toBeUndefined();
  });

  it('with an accent that is none changes nothing', () => {
    expect(() => views.rebrand({ name: 'Moat', accent: 'url(x)' })).toThrow('not a colour');
    expect(page()).toContain('Keep');
  });
});
