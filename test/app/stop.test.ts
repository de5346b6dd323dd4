import { it, onTestFinished } from 'vitest';
import { startPostern } from '../../src/testing/testing.ts';
import { createTestDatabase } from '../support/postgres.ts';

const secret = ['stop-secret-that-seals-nothing-of-anybody-0123456789'];

it.each(['sqlite', 'postgresql'])('R22 over %s stop may be called again, at once and later', async (kind) => {
  const server = kind === 'postgresql' ? await createTestDatabase() : undefined;
  onTestFinished(async () => server?.drop());
  const postern = await startPostern(server && { database: { url: server.url }, secret });
  await Promise.all([postern.stop(), postern.stop()]);
  await postern.stop();
  await postern[Symbol.asyncDispose]();
});
