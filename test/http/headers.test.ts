import { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { createSecurityHeaders } from '../../src/http/headers.ts';
import { get, startFront } from './front.ts';

let front: Awaited<ReturnType<typeof startFront>> | undefined;
afterEach(() => front?.stop());

function headersFor(issuer: string, path: string) {
  const res = new ServerResponse({ method: 'GET' } as never);
  createSecurityHeaders({ issuer: new URL(issuer) })(res, path);
  return res.getHeaders();
}

describe('security headers', () => {
  it('G12 every answer has them, refusals and health too', async () => {
    front = await startFront();
    const host = `localhost:${front.port}`;
    const answers = [
      await get(front.port, '/x', { Host: host }),
      await get(front.port, '/x', { Host: 'evil.example' }),
      await get(front.port, '/readyz', { Host: host }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 421, 200]);
    for (const { head } of answers) {
      for (const name of ['Content-Security-Policy', 'Permissions-Policy']) expect(head).toContain(`\r\n${name}: `);
      expect(head).toContain('\r\nX-Content-Type-Options: nosniff');
      expect(head).toContain('\r\nReferrer-Policy: no-referrer');
      expect(head).toContain('\r\nX-Frame-Options: DENY');
      expect(head).toContain('\r\nCross-Origin-Opener-Policy: same-origin');
      expect(head).toContain('\r\nCache-Control: no-store');
      expect(head).not.toMatch(/x-powered-by|\r\nserver:|strict-transport/i);
    }
  });

  it('G12 HSTS for at least a year on https alone', () => {
    const seconds = /max-age=(\d+); includeSubDomains/.exec(
      String(headersFor('https://id.example.org', '/')['strict-transport-security']),
    )?.[1];
    expect(Number(seconds)).toBeGreaterThanOrEqual(31_536_000);
    expect(headersFor('http://localhost:4400', '/')['strict-transport-security']).toBeUndefined();
  });

  it('G12 other origins may read discovery and keys, nothing else', () => {
    const policyOf = (path: string) => headersFor('https://id.example.org', path)['cross-origin-resource-policy'];
    expect(policyOf('/jwks')).toBe('cross-origin');
    expect(policyOf('/.well-known/openid-configuration')).toBe('cross-origin');
    for (const path of ['/', '/token', '/userinfo', '/interaction/x', '/jwks/x'])
      expect(policyOf(path)).toBe('same-origin');
  });

  it('G12 an issuer to which browsers send no Sec-Fetch-Site gets the real Origin with its forms', () => {
    const policyOf = (issuer: string) => headersFor(issuer, '/')['referrer-policy'];
    for (const issuer of [
      'https://id.example.org',
      'http://127.0.0.1:4400',
      'http://[::1]:4400',
      'http://a.localhost',
    ]) {
      expect(policyOf(issuer)).toBe('no-referrer');
    }
    expect(policyOf('http://postern:4400')).toBe('same-origin');
  });

  it('G10 G03 the policy has nothing unsafe, no frames, and names no origin but its own', () => {
    const policy = String(headersFor('https://id.example.org', '/')['content-security-policy']);
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    for (const part of [
      "default-src 'none'",
      "script-src 'self'",
      "form-action 'self'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
    ]) {
      expect(policy.split('; ')).toContain(part);
    }
  });
});
