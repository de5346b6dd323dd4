import { createSecretKey, randomBytes } from 'node:crypto';
import type { Context } from 'koa';
import { describe, expect, it } from 'vitest';
import { createCsrf } from '../../src/http/csrf.ts';

const issuer = new URL('https://id.example.org');
const csrf = createCsrf({ key: createSecretKey(randomBytes(32)), issuer });
const own = { csrf: csrf.token('interaction-1') };
const withHeaders = (headers: Record<string, string>) => ({ req: { headers } }) as unknown as Context;
const check = (headers: Record<string, string>, form: Record<string, string> = own, binding = 'interaction-1') =>
  csrf.check(withHeaders(headers), form, binding);
const forbidden = expect.objectContaining({ name: 'PosternError', code: 'forbidden' });

describe('csrf', () => {
  it('lets a form of the own page pass, whatever of the two headers the browser sends', () => {
    const passing = [
      {},
      { origin: 'https://id.example.org' },
      { origin: 'https://id.example.org', 'sec-fetch-site': 'same-origin' },
      { 'sec-fetch-site': 'none' },
      { origin: 'null', 'sec-fetch-site': 'same-origin' },
    ];
    for (const headers of passing) expect(() => check(headers as Record<string, string>)).not.toThrow();
  });

  it('G01 no token, an empty one, another session’s or another key’s is refused', () => {
    const other = createCsrf({ key: createSecretKey(randomBytes(32)), issuer });
    const forms = [{}, { csrf: '' }, { csrf: csrf.token('interaction-2') }, { csrf: other.token('interaction-1') }];
    for (const form of forms) expect(() => check({}, form as Record<string, string>)).toThrowError(forbidden);
    expect(() => check({}, { csrf: csrf.token('') }, '')).toThrowError(forbidden);
  });

  it('G01 the right token from another origin is refused', () => {
    const refused = [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: 'https://id.example.org.evil.example' },
      { origin: 'http://id.example.org' },
      { origin: 'https://id.example.org, https://evil.example' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { origin: 'https://id.example.org', 'sec-fetch-site': 'cross-site' },
      { origin: 'null', 'sec-fetch-site': 'cross-site' },
      { origin: 'null', 'sec-fetch-site': 'none' },
    ];
    for (const headers of refused)
      expect(() => check(headers as Record<string, string>), JSON.stringify(headers)).toThrowError(forbidden);
  });
});
