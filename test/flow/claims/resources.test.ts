/** Claim rules where a resource is asked for: by its scopes, and by a client for itself. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { api, by, createTeam, payloadOf, type Team } from '../../support/team.ts';

type Claims = Record<string, unknown>;

let team: Team;
let person: Awaited<ReturnType<Team['person']>>;
beforeAll(async () => {
  team = await createTeam();
  await team.postern.attributes.create({ name: 'badges', type: 'strings' }, { by });
  person = await team.person({ email: 'mara@example.test', groups: ['engineering'] });
});
afterAll(() => team?.stop());

it('the preview says what a scope of a resource brings, to a client that may ask for it', async () => {
  const account = await team.postern.accounts.find(person.id);
  if (!account) throw new Error('The account is gone');
  const claims = [{ claim: 'email', name: 'mail', scope: 'read' }] as const;
  const app = await team.app({ scope: 'openid read', claims: [...claims] });
  const preview = await team.postern.oidc.preview(account, app.id);
  expect(preview.scopes).toEqual(['openid', 'read']);
  const real = await app.signIn(person, { scope: 'openid read', resource: api });
  const mail = 'mara@example.test';
  expect(payloadOf(real.access_token)).toMatchObject({ mail });
  expect(preview.accessToken).toMatchObject({ mail });
  for (const idToken of [preview.idToken, payloadOf(real.id_token)]) expect(idToken).toMatchObject({ mail });
  const asked = await team.postern.oidc.preview(account, app.id, ['openid']);
  expect(asked.accessToken).not.toHaveProperty('mail');

  const other = await team.app({ scope: 'openid', claims: [...claims] });
  const without = await team.postern.oidc.preview(account, other.id, ['openid', 'read']);
  expect(without.scopes).toEqual(['openid']);
  expect(without.accessToken).not.toHaveProperty('mail');
});

it('fixed values are all that rules put into a token that a client got for itself', async () => {
  const app = await team.app({
    grantTypes: ['client_credentials'],
    ...{ redirectUris: [], scope: 'read', roles: { editor: ['engineering'] } },
    claims: [
      { value: 'harbour', name: 'tenant' },
      { value: 'x', name: 'elsewhere', in: ['id_token', 'userinfo'] },
      { value: 'y', name: 'read_only', scope: 'read' },
      { claim: 'roles', name: 'app_roles' },
      { claim: 'groups', name: 'g' },
      { attribute: 'badges' },
    ],
  });
  const ofRules = (said: Claims) =>
    Object.fromEntries(
      Object.entries(said).filter(([name]) =>
        ['tenant', 'elsewhere', 'read_only', 'app_roles', 'g', 'badges'].includes(name),
      ),
    );
  const grant = { grant_type: 'client_credentials' };
  const opaque = (await app.token(grant)).body.access_token;
  expect(ofRules(await team.introspect(opaque))).toEqual({ tenant: 'harbour' });
  const jwt = (await app.token({ ...grant, scope: 'read', resource: api })).body.access_token;
  expect(ofRules(payloadOf(jwt))).toEqual({ tenant: 'harbour', read_only: 'y' });
  expect(await team.introspect(jwt)).toMatchObject({ sub: app.id, tenant: 'harbour', read_only: 'y' });
});
