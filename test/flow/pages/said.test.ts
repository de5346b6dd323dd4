/** What an error of our own says: to developers in its own words, to everybody else in the words of the catalogue. */
import { describe, expect, it } from 'vitest';
import { createVisitor } from '../../../src/testing/sign-in.ts';
import { startPostern } from '../../../src/testing/testing.ts';
import { createWorld } from '../../support/world.ts';

const message = 'Send this form as application/x-www-form-urlencoded in UTF-8.';
const unreadable = {
  method: 'POST',
  body: 'a=1&a=2',
  headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' },
};
const wrongType = { method: 'POST', body: 'x', headers: { 'content-type': 'text/plain' } };

describe('an error page of our own', () => {
  it.each(['dev', 'testing'] as const)('says in `%s` what went wrong, field by field', async (mode) => {
    const postern = await startPostern({ mode, memory: true });
    try {
      const visitor = createVisitor(postern.issuer);
      expect((await visitor.request('/interaction/none', wrongType)).text).toContain(message);
      const page = await visitor.request('/interaction/none', unreadable);
      expect(page.status).toBe(400);
      expect(page.text).toContain('id="error-said"');
      expect(page.text).toContain('<code>a</code> is there more than once');
    } finally {
      await postern.stop();
    }
  });

  it('of the engine says what to change in the app only where the app has to change', async () => {
    const postern = await startPostern({ mode: 'testing', memory: true, strictClients: true });
    try {
      const visitor = createVisitor(postern.issuer);
      const query = 'redirect_uri=http://localhost:9/cb&response_type=code';
      const unknown = await visitor.request(`/authorize?client_id=nobody&${query}`);
      expect(unknown.text).toContain('No client is registered as nobody');
      expect(unknown.text).toContain('Register the client <code>nobody</code>');
      expect(unknown.text).not.toContain('Expected');
      for (const ids of ['client_id=nobody&client_id=other', 'client_id=', '']) {
        const unclear = await visitor.request(`/authorize?${ids}&${query}`);
        expect(unclear.text, ids).toContain('The app sent a request that does not fit together');
      }
      for (const path of ['/token', '/authorize/none']) {
        const page = await visitor.request(path);
        expect(page.text, path).toContain('id="error-said"');
        expect(page.text, path).not.toContain('Sign-in stopped');
      }
    } finally {
      await postern.stop();
    }
  });

  it('says in `serve` what everybody understands, and nothing of its own words', async () => {
    const world = await createWorld({ mode: 'serve' });
    try {
      for (const init of [wrongType, unreadable]) {
        const page = await world.visitor().request('/interaction/none', init);
        expect(page.text).toContain('id="error-title"');
        expect(page.text).not.toContain('id="error-said"');
        expect(page.text).not.toContain('urlencoded');
        expect(page.text).not.toContain('more than once');
      }
    } finally {
      await world.stop();
    }
  });
});
