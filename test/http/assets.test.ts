import { describe, expect, it } from 'vitest';
import { createAssets } from '../../src/http/assets.ts';

describe('assets', () => {
  it('have an address that changes with the content', () => {
    const [one, other] = [createAssets({ name: 'A', accent: '#7a1f5c' }), createAssets({ name: 'A', accent: 'teal' })];
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

  it.each(['red; } body { display: none', 'url(https://evil.test/x)', '#12', '', 'var(--bad)', 'rgb(1,2,3) }'])(
    'refuse the accent "%s"',
    (accent) => {
      expect(() => createAssets({ name: 'A', accent })).toThrow('not a colour');
    },
  );

  it.each(['#fff', '#7a1f5c80', 'teal', 'rgb(10 20 30 / 50%)', 'oklch(0.45 0.1 350)', 'hsl(200deg, 50%, 40%)'])(
    'take the accent "%s"',
    (accent) => {
      expect(createAssets({ name: 'A', accent }).address('/assets/brand.css')).toBeDefined();
    },
  );
});
