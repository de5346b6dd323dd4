import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { findFreePort } from '../../src/testing/free-port.ts';
import { createVisitor, signIn } from '../../src/testing/sign-in.ts';
import { startPostern } from '../../src/testing/testing.ts';
import { createTestDatabase } from '../support/postgres.ts';

const earlier = 'one-secret-that-is-long-enough-0123456789-0123456789';
const present = 'other-secret-that-is-long-enough-0123456789-01234567';
const parameters = {
  ...{ client_id: 'any-app', redirect_uri: 'http://localhost:9/cb', response_type: 'code', scope: 'openid' },
};

it.each(['sqlite', 'postgresql'])('N04 over %s sessions survive a change of the secret', async (kind) => {
  const data = await mkdtemp(join(tmpdir(), 'postern-'));
  onTestFinished(() => rm(data, { recursive: true }));
  const server = kind === 'postgresql' ? await createTestDatabase() : undefined;
  onTestFinished(async () => server?.drop());
  const database = server && { url: server.url };
  const port = await findFreePort();
  const withSecret = (...secret: string[]) =>
    startPostern({ mode: 'dev', data, port, secret, ...(database && { database }) });

  const first = await withSecret(earlier);
  const visitor = createVisitor(first.issuer);
  const url = `${first.issuer}/authorize?${new URLSearchParams(parameters)}`;
  await signIn(visitor, url, { username: 'alice', password: 'alice' });
  await first.stop();
  for (const secrets of [[present, earlier], [present]]) {
    const postern = await withSecret(...secrets);
    const silent = await visitor.open(`${url}&prompt=none`);
    expect(new URL(silent.url).searchParams.get('code')).toMatch(/./);
    await postern.stop();
  }
  await expect(withSecret(earlier)).rejects.toMatchObject({ code: 'invalid', exitStatus: 78 });
});
