import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLogLines } from '../../support/log-lines.ts';
import { expectRefusedHere } from '../../support/refusals.ts';
import { createWorld, redirectUris, type World } from '../../support/world.ts';

const by = { type: 'system' } as const;

describe.each(['serve', 'testing'] as const)('a client nobody registered (%s, strict clients)', (mode) => {
  const logs = createLogLines();
  let world: World;
  beforeAll(async () => {
    world = await createWorld({ mode, strictClients: true, logStream: logs.stream });
    await world.postern.clients.setDisabled('app2', true, { by });
  });
  afterAll(() => world.stop());

  const ask = (clientId: string, redirectUri: string = redirectUris.app2) =>
    world.visitor().request(world.authorizeUrl('app', { client_id: clientId, redirect_uri: redirectUri }));

  it('A09 looks like one that is disabled', async () => {
    const [unknown, disabled] = [await ask('app9'), await ask('app2')];
    for (const answer of [unknown, disabled]) expectRefusedHere(answer, 400);
    const codes = logs.lines.filter((line) => line.event === 'authorization.error').map((line) => line.code);
    expect(codes).toEqual(['invalid_client', 'invalid_client']);
    expect(withoutPlace(disabled.text)).toBe(withoutPlace(unknown.text).replaceAll('app9', 'app2'));
    expect(namesOf(disabled.headers)).toEqual(namesOf(unknown.headers));
    expect(disabled.text).not.toContain('The app2');
  });

  it('A09 is refused the same at the token endpoint', async () => {
    const form = { grant_type: 'client_credentials' };
    const [unknown, disabled] = await Promise.all(
      ['app9', 'app2'].map(async (id) => {
        const authorization = `Basic ${Buffer.from(`${id}:${world.secrets.app2}`).toString('base64')}`;
        const body = new URLSearchParams(form);
        const response = await fetch(`${world.issuer}/token`, { method: 'POST', headers: { authorization }, body });
        return { status: response.status, body: await response.json() };
      }),
    );
    expect(disabled).toEqual(unknown);
    expect(unknown).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
  });

  it('A09 is not registered by asking', async () => {
    expectRefusedHere(await ask('app9', 'http://localhost:3000/callback'), 400);
    expect(await world.postern.clients.find('app9')).toBeUndefined();
  });

  it.each(['', 'app\0', '\0', '__proto__', 'constructor', 'app%00', 'a'.repeat(5000), "' OR 1=1 --", '\ud800'])(
    'A09 the id %j is nobody',
    async (clientId) => {
      expectRefusedHere(await ask(clientId), 400);
    },
  );
});

/** The page without what is new each time: its reference and its time. */
const withoutPlace = (html: string): string =>
  html
    .replace(/id="error-reference"[^>]*>[^<]*/g, '')
    .replace(/<time[^>]*>[^<]*<\/time>/g, '')
    .replace(/\b[A-Z0-9]{4}(-[A-Z0-9]{4})+\b/g, '');
const namesOf = (headers: Headers): string[] => [...headers.keys()].sort();
