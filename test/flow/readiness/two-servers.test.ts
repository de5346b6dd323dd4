import { describe, expect, it } from 'vitest';
import { basic } from '../../support/endpoint.ts';
import { until } from '../../support/spawned.ts';
import { startTwoServers } from '../../support/two-servers.ts';

describe.each(['sqlite', 'postgresql'] as const)('two servers on one %s database', (kind) => {
  it('tell a command beside them what each of them has seen, within seconds', async () => {
    const servers = await startTwoServers(kind);
    const { keys, readiness } = servers.app;
    const kid = (await keys.signingSet()).active.get('RS256')?.kid ?? '';
    const demo = async () => (await readiness.of(kid)).clients.find(({ clientId }) => clientId === 'demo');
    expect(await demo()).toMatchObject({ state: 'idle' });
    await servers.ask(0, '/introspect', { headers: basic('demo', 'demo-secret'), form: { token: 'of-nobody' } });
    await servers.ask(1, '/jwks');
    await until(async () => (await demo())?.state === 'fetched');
    expect(await demo()).toMatchObject({ how: 'address', places: { withKey: 1 } });
    await servers.stop();
  }, 60_000);
});
