import { describe, expect, it } from 'vitest';
import type { PublicJwk } from '../../../src/domain/keys/keys.ts';
import { type VariantName, variantNames, variants } from '../../../src/domain/rehearsals/rehearsals.ts';

const key = (kid: string, alg: 'RS256' | 'ES256' = 'RS256'): PublicJwk => {
  const material =
    alg === 'RS256' ? { kty: 'RSA', e: 'AQAB', n: `n-${kid}` } : { kty: 'EC', crv: 'P-256', x: kid, y: kid };
  return { ...material, kid, alg, use: 'sig' };
};
const published = [key('active'), key('active-ec', 'ES256'), key('retiring'), key('pending')];
const active = new Set(['active', 'active-ec']);
const own = [key('new'), key('new-ec', 'ES256')];
const sameKids = [
  { ...key('new'), kid: 'active' },
  { ...key('new-ec', 'ES256'), kid: 'active-ec' },
];

const setOf = (name: VariantName, played = variants[name].kid === 'own' ? own : sameKids) =>
  variants[name].keySet({ published, active, played });
const kids = (name: VariantName) => setOf(name).keys.map(({ kid }) => kid);

describe('the key set of a variant', () => {
  it.each<[VariantName, string[]]>([
    ['sudden', ['active', 'active-ec', 'retiring', 'pending', 'new', 'new-ec']],
    ['removed-early', ['retiring', 'pending', 'new', 'new-ec']],
    ['unknown-kid', ['active', 'active-ec', 'retiring', 'pending']],
    ['same-kid', ['active', 'active-ec', 'retiring', 'pending']],
    ['slow', ['active', 'active-ec', 'retiring', 'pending', 'new', 'new-ec']],
  ])('%s', (name, expected) => {
    expect(kids(name)).toEqual(expected);
  });

  it('same-kid has the new material under the old kids, and nothing else is another', () => {
    const { keys } = setOf('same-kid');
    expect(keys[0]).toEqual({ ...key('new'), kid: 'active' });
    expect(keys[1]).toEqual({ ...key('new-ec', 'ES256'), kid: 'active-ec' });
    expect(keys.slice(2)).toEqual(published.slice(2));
    // The key whose kid it took may have left meanwhile.
    const gone = variants['same-kid'].keySet({ published: published.slice(2), active, played: sameKids });
    expect(gone.keys.map(({ kid }) => kid)).toEqual(['retiring', 'pending', 'active', 'active-ec']);
  });

  it('odd-keys holds the keys that count, whole, behind others that are well-formed and of no use', () => {
    const { keys, ...others } = setOf('odd-keys');
    expect(Object.keys(others)).not.toEqual([]);
    const real = [...published, ...own];
    const tail = keys.slice(-real.length);
    for (const [index, jwk] of real.entries()) {
      expect(tail[index]).toMatchObject(jwk);
      expect(Object.keys(tail[index] ?? {}).length).toBeGreaterThan(Object.keys(jwk).length);
    }
    const odd = keys.slice(0, -real.length);
    expect(odd.filter(({ kid }) => kid === undefined)).toHaveLength(1);
    expect(odd.map(({ use }) => use)).toEqual(expect.arrayContaining(['enc', 'rehearse']));
    expect(odd.map(({ kty }) => kty)).toEqual(expect.arrayContaining(['AKP', 'OKP', 'EC', 'RSA', 'REHEARSAL']));
    const named = keys.flatMap(({ kid }) => kid ?? []);
    expect(new Set(named).size).toBe(named.length);
  });

  it('changes nothing of what it is made from', () => {
    const before = structuredClone({ published, own });
    for (const name of variantNames) setOf(name);
    expect({ published, own }).toEqual(before);
    expect(setOf('unknown-kid', []).keys).toEqual(published);
  });

  it('shows the key that signs where the table says so, and only there', () => {
    for (const name of variantNames) {
      const { showsKey, answer, kid } = variants[name];
      const [signing] = kid === 'own' ? own : sameKids;
      const isThere = setOf(name).keys.some((jwk) => jwk.kid === signing?.kid && jwk.n === signing?.n);
      expect(isThere && answer.status === 200, name).toBe(showsKey);
    }
  });
});
