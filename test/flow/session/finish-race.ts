/** Comes back from one interaction eight times at once, in rounds: after the sign-in and after the consent (D03). */
import { expect } from 'vitest';
import { createVisitor } from '../../../src/testing/sign-in.ts';
import { cookieHeader, formOf, nextOf } from '../../support/silent.ts';
import type { Reply } from '../../support/two-servers.ts';

/** Where requests go: one server, or two that share a database. */
export type Track = {
  issuer: string;
  ask(path: string, question: { form?: Record<string, string>; headers?: Record<string, string> }): Promise<Reply>;
};

export const rounds = 20;
const contenders = 8;
/** Rounds that run at once, each in a browser of its own. */
const lanes = 5;
const client = { client_id: 'race-app', redirect_uri: 'http://localhost:9/callback' };

export async function finishInRounds(track: Track): Promise<void> {
  let left = rounds;
  const lane = async () => {
    while (left-- > 0) await finishOnce(track);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

async function finishOnce(track: Track): Promise<void> {
  const visitor = createVisitor(track.issuer);
  const query = new URLSearchParams({ ...client, response_type: 'code', scope: 'openid', prompt: 'login consent' });
  const signInPage = await visitor.open(`${track.issuer}/authorize?${query}`);
  const post = (page: { url: string; text: string }, fields: Record<string, string>) =>
    visitor.request(page.url, { method: 'POST', body: formOf(page, fields) });

  const signedIn = await post(signInPage, { username: 'alice', password: 'alice' });
  const first = await contend(track, nextOf(signedIn), visitor);
  expect(first.location).toContain('/interaction/');
  for (const line of first.cookies) keep(visitor, line);

  const consentPage = await visitor.request(first.location);
  const allowed = await post(consentPage, { do: 'allow' });
  const second = await contend(track, nextOf(allowed), visitor);
  expect(new URL(second.location).searchParams.has('code')).toBe(true);
}

/** The one that goes on; every other one is told that it is over. */
async function contend(track: Track, next: string, visitor: ReturnType<typeof createVisitor>) {
  const path = new URL(next, track.issuer).pathname;
  const headers = { cookie: cookieHeader(visitor, path), accept: 'text/html' };
  const replies = await Promise.all(Array.from({ length: contenders }, () => track.ask(path, { headers })));
  const statuses = replies.map(({ status }) => status).sort();
  expect(statuses).toEqual([303, ...Array(contenders - 1).fill(400)]);
  for (const { status, text } of replies) if (status === 400) expect(text).toContain('id="error-');
  const winner = replies.find(({ status }) => status === 303);
  return { location: String(winner?.headers.location), cookies: [winner?.headers['set-cookie'] ?? []].flat() };
}

function keep(visitor: ReturnType<typeof createVisitor>, line: string): void {
  const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
  const path = /path=([^;]+)/i.exec(line)?.[1] ?? '/';
  if (value !== '') visitor.jar.set(path === '/' ? name : `${name} ${path}`, { name, value, path });
}
