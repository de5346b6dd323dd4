import { describe, expect, it } from 'vitest';
import { pathOf, pathPart, returnPath, withQuery } from '../../src/http/paths.ts';

describe('returnPath', () => {
  it.each([
    ['/admin/groups?x=//evil.example', '/admin/groups?x=//evil.example'],
    ['/a?x=%2f%2fevil', '/a?x=%2f%2fevil'],
    ['/a/../b', '/b'],
    ['/a#fragment', '/a'],
  ])('D14 %j is a path of this origin', (wanted, path) => {
    expect(returnPath(wanted, '/admin')).toBe(path);
  });

  it.each([
    ...[
      '//evil',
      '/\\evil',
      'https:evil',
      '%2f%2fevil',
      '/%2f%2fevil',
      '/%5cevil',
      '/.//evil',
      '/a/..//evil',
      '/./\\evil',
    ],
    ...['///evil', '/\t/evil', '/\n/evil', '/ /evil', 'admin', '', '?x', 'javascript:alert(1)', '/ä', '/a\\b'],
    `/${'a'.repeat(2000)}`,
  ])('D14 %j leads to the fallback', (wanted) => {
    expect(returnPath(wanted, '/admin')).toBe('/admin');
  });

  it('D14 what is long loses its query, for it is kept in a cookie', () => {
    expect(returnPath(`/admin/audit?q=${'a'.repeat(300)}`, '/admin')).toBe('/admin/audit');
    expect(returnPath(`/admin/audit?q=${'a'.repeat(280)}`, '/admin')).toContain('?q=');
    expect(returnPath(`/.//evil?q=${'a'.repeat(300)}`, '/admin')).toBe('/admin');
  });

  it('without a wish it is the fallback', () => {
    expect(returnPath(undefined, '/account')).toBe('/account');
  });
});

describe('paths', () => {
  it('puts parts in, whatever is in them', () => {
    expect(pathOf('/admin/groups/:name/delete', { name: 'team/ä?' })).toBe('/admin/groups/team%2F%C3%A4%3F/delete');
    expect(pathPart('new')).toBe('%6eew');
  });

  it('sets what is given and drops what is empty', () => {
    expect(withQuery('/a?after=x&q=1', { after: undefined, q: '2', done: 'saved', group: '' })).toBe(
      '/a?q=2&done=saved',
    );
    expect(withQuery('/a?q=1', { q: undefined })).toBe('/a');
    expect(withQuery('/a?search=a?b&x=%3F', { after: 'c' })).toBe('/a?search=a%3Fb&x=%3F&after=c');
  });
});
