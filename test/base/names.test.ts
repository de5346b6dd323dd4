import { expect, it } from 'vitest';
import { groupName, reasonInput } from '../../src/base/names.ts';

it.each(['admins', 'Führung', '開発', '1st', 'a/b:c.d_e-f', 'x'.repeat(100)])('a group may be called %s', (name) => {
  expect(groupName.parse(name)).toBe(name);
});

it.each(['', ' admins', 'Domain Admins', '-a', 'x'.repeat(101), 'a\nb', 'a,b'])('no group is called %j', (name) => {
  expect(groupName.safeParse(name).success).toBe(false);
});

it('M01 no group looks like another: one Unicode form, and nothing that cannot be seen', () => {
  expect(groupName.parse('Fu\u0308hrung')).toBe('Führung');
  for (const unseen of ['\u3164', '\ufe0f', '\u200b', '\u00ad', '\u{e0100}', '\uffa0']) {
    expect(groupName.safeParse(`admins${unseen}`).success, unseen.codePointAt(0)?.toString(16)).toBe(false);
    expect(groupName.safeParse(`${unseen}admins`).success).toBe(false);
  }
});

it('a reason that is too long is told once, with its own limit', () => {
  expect(reasonInput.parse({ reason: ` ${'x'.repeat(200)} ` }).reason).toHaveLength(200);
  const { error } = reasonInput.safeParse({ reason: 'x'.repeat(501) });
  expect(error?.issues).toMatchObject([{ path: ['reason'], maximum: 200 }]);
  expect(reasonInput.safeParse({ reason: 'a\nb' }).error?.issues).toHaveLength(1);
});
