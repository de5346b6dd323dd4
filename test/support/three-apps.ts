/** Somebody who is signed in to three apps with real endpoints for logout tokens; the third is down. */
import { findFreePort } from '../../src/testing/free-port.ts';
import { type Receiver, startReceiver } from '../../src/testing/testing.ts';
import { by, type Team } from './team.ts';

export type ThreeApps = Awaited<ReturnType<typeof signInToThreeApps>>;

export async function signInToThreeApps(team: Team) {
  const names = ['Paperless', 'Grafana', 'Payroll'];
  const apps = await Promise.all(names.map((name) => team.app({ name, access: 'everybody' })));
  const receivers: Receiver[] = [];
  const port = await findFreePort();
  for (const [at, { id: clientId }] of apps.entries()) {
    if (at < 2) receivers.push(await startReceiver({ issuer: team.issuer, clientId }));
    const backchannelLogoutUri = receivers[at]?.url ?? `http://127.0.0.1:${port}/backchannel-logout`;
    await team.postern.clients.update(clientId, { backchannelLogoutUri }, { by });
  }
  const person = await team.person({ name: 'Mara Lindqvist' });
  for (const app of apps) await app.signIn(person);
  return {
    person,
    apps,
    receivers,
    port,
    /** The third app comes back, where it was. */
    async comeBack(): Promise<Receiver> {
      const receiver = await startReceiver({ issuer: team.issuer, clientId: apps[2]?.id ?? '', port });
      receivers.push(receiver);
      return receiver;
    },
    async stop(): Promise<void> {
      for (const receiver of receivers) await receiver.stop();
    },
  };
}
