import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished, vi } from 'vitest';
import { findFreePort } from '../../src/testing/free-port.ts';
import { startPostern } from '../../src/testing/testing.ts';

vi.mock('../../src/testing/free-port.ts', { spy: true });

async function takenPort(): Promise<number> {
  const other = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void other.close());
  await new Promise((resolve) => other.once('listening', resolve));
  return (other.address() as AddressInfo).port;
}

it('the fixture takes another port when somebody was faster', async () => {
  const taken = await takenPort();
  vi.mocked(findFreePort).mockResolvedValueOnce(taken);
  const postern = await startPostern();
  onTestFinished(() => postern.stop());
  expect(postern.port).not.toBe(taken);
  expect(postern.issuer).toBe(`http://localhost:${postern.port}`);
  expect((await fetch(`${postern.issuer}/readyz`)).status).toBe(200);
});

it('a port that was asked for is that port or an error', async () => {
  await expect(startPostern({ port: await takenPort() })).rejects.toMatchObject({ code: 'unavailable' });
});
