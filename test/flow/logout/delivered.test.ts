import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startReceiver } from '../../../src/testing/testing.ts';
import { until } from '../../support/spawned.ts';
import { by, createTeam, type Team } from '../../support/team.ts';

type Receiver = Awaited<ReturnType<typeof startReceiver>>;

describe.each(['sqlite', 'postgresql'] as const)('sign-out that arrives, over %s', (kind) => {
  let team: Team;
  const receivers: Receiver[] = [];
  beforeAll(async () => {
    team = await createTeam(kind);
  });
  afterAll(async () => {
    await team.stop();
    for (const receiver of receivers) await receiver.stop();
  });

  /** An app with a real endpoint for logout tokens. */
  async function toldApp(input: Parameters<Team['app']>[0] = {}) {
    const app = await team.app({ access: 'everybody', ...input });
    const receiver = await startReceiver({ issuer: team.issuer, clientId: app.id });
    receivers.push(receiver);
    await team.postern.clients.update(app.id, { backchannelLogoutUri: receiver.url }, { by });
    return { app, receiver };
  }

  it('I09 D15 a disabled account is signed out of every app it was signed in to', async () => {
    const [one, two] = [await toldApp(), await toldApp()];
    const person = await team.person();
    const tokens = [await one.app.signIn(person), await two.app.signIn(person)];
    await team.postern.accounts.update(person.id, { disabled: true }, { by });
    for (const [at, { receiver }] of [one, two].entries()) {
      const told = await receiver.next();
      expect(told).toMatchObject({ ok: true, problems: [], warnings: [], sub: person.id });
      const [, payload = ''] = (tokens[at]?.id_token ?? '').split('.');
      expect(told.sid).toBe(JSON.parse(Buffer.from(payload, 'base64url').toString()).sid);
    }
    await until(async () =>
      (await team.postern.deliveries.list({ limit: 10, accountId: person.id })).items.every(
        ({ state }) => state === 'confirmed',
      ),
    );
  });
});
