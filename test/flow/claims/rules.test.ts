/** What a client's claim rules do to real tokens, and that the preview says the same. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { identityScopes } from '../../../src/base/scopes.ts';
import { createVisitor, signIn } from '../../../src/testing/sign-in.ts';
import { api, by, createTeam, payloadOf, type Team } from '../../support/team.ts';

type ClientInput = Parameters<Team['postern']['clients']['create']>[0];
type Case = Partial<ClientInput>;
type Claims = Record<string, unknown>;

const url = 'https://app.example/groups';
const cases: Record<string, Case> = {
  'no rules': {},
  'claims from /userinfo alone': { claimsInIdToken: false },
  'a rename to an address': { claims: [{ claim: 'groups', name: url }] },
  'a rename that takes the place of the standard claim': {
    claims: [
      { claim: 'groups', name: url },
      { claim: 'groups', in: [] },
    ],
  },
  'a filter': { claims: [{ claim: 'groups', only: ['eng*', 'none'] }] },
  'a filter that leaves nothing': { claims: [{ claim: 'groups', only: ['none'] }] },
  'a prefix': { claims: [{ claim: 'groups', only: ['eng*'], prefix: 'harbour/' }] },
  'roles under another name': { claims: [{ claim: 'roles', name: 'app_roles' }] },
  'fixed values': {
    claims: [
      { value: 'harbour', name: 'tenant' },
      { value: { a: [1, { b: null }] }, name: 'settings' },
      { value: false, name: 'beta' },
      { value: [], name: 'nothing' },
    ],
  },
  attributes: {
    claims: [
      { attribute: 'badges' },
      { attribute: 'costCentre', name: 'cost_centre' },
      { attribute: 'missing', name: 'gone' },
    ],
  },
  'the user name as mail': { claims: [{ claim: 'preferred_username', name: 'email' }] },
  'the ID token alone': { claims: [{ claim: 'groups', name: 'g', in: ['id_token'] }] },
  'userinfo alone': { claims: [{ claim: 'groups', name: 'g', in: ['userinfo'] }] },
  'the access token alone': { claims: [{ claim: 'groups', in: ['access_token'] }] },
  'a scope that is granted': { claims: [{ claim: 'email', name: 'mail', scope: 'email' }] },
  'a scope that is not': { scope: 'openid profile read', claims: [{ claim: 'email', name: 'mail', scope: 'email' }] },
  'the ID token of a client that wants its claims from /userinfo': {
    claimsInIdToken: false,
    claims: [
      { claim: 'groups', in: ['id_token'] },
      { claim: 'name', in: ['userinfo'] },
    ],
  },
};

/** What belongs to one sign-in and not to the person. */
const ofTheMoment = [
  'nonce',
  'sid',
  'at_hash',
  'auth_time',
  'iat',
  'exp',
  'jti',
  'active',
  'token_type',
  'aud',
  'postern_grant',
];
const lasting = (claims: Claims) =>
  Object.fromEntries(Object.entries(claims).filter(([name]) => !ofTheMoment.includes(name)));

let team: Team;
let person: Awaited<ReturnType<Team['person']>>;
beforeAll(async () => {
  team = await createTeam();
  const { attributes } = team.postern;
  await attributes.create({ name: 'badges', type: 'strings' }, { by });
  for (const name of ['costCentre', 'missing']) await attributes.create({ name, type: 'number' }, { by });
  person = await team.person({
    name: 'Mara Lindqvist',
    email: 'mara@example.test',
    groups: ['engineering', 'sales'],
    attributes: { badges: ['red', 'blue'], costCentre: 7 },
  });
});
afterAll(() => team?.stop());

/** The account as the room has it now. */
const account = async () => {
  const found = await team.postern.accounts.find(person.id);
  if (!found) throw new Error('The account is gone');
  return found;
};

describe('the preview', () => {
  it.each(Object.entries(cases))('says what real tokens say: %s', async (_what, input) => {
    const roles = { editor: ['engineering'], owner: ['admins'] };
    const app = await team.app({ roles, ...input } as ClientInput);
    const preview = await team.postern.oidc.preview(await account(), app.id, identityScopes);
    expect(preview.access).toEqual({ allowed: true, by: 'engineering' });

    const scope = preview.scopes.join(' ');
    const real = await app.signIn(person, { scope });
    expect(real.scope).toBe(scope);
    expect(lasting(preview.idToken)).toEqual(lasting(payloadOf(real.id_token)));
    expect(preview.idToken.aud).toBe(payloadOf(real.id_token).aud);
    expect(preview.userinfo).toEqual(await (await team.userinfo(real.access_token)).json());
    expect(lasting(preview.accessToken)).toEqual(lasting(await team.introspect(real.access_token)));

    // A JWT for a resource says the same about the person; its scopes are the resource's.
    const jwt = await app.signIn(person, { scope: `${scope} read`, resource: api });
    const { scope: _, ...said } = lasting(preview.accessToken);
    expect(lasting(payloadOf(jwt.access_token))).toEqual({ ...said, scope: 'read' });
    expect(lasting(await team.introspect(jwt.access_token))).toEqual({ ...said, scope: 'read' });
    // And so does what a refresh brings.
    const { body } = await app.refresh(real.refresh_token);
    expect(lasting(preview.idToken)).toEqual(lasting(payloadOf(body.id_token)));
    expect(lasting(preview.accessToken)).toEqual(lasting(await team.introspect(body.access_token)));
  });

  it('is told for the scopes that are named, of those the client may have', async () => {
    const app = await team.app({ scope: 'openid email groups offline_access' });
    const { oidc } = team.postern;
    const asked = await oidc.preview(await account(), app.id, ['email', 'address', 'offline_access']);
    expect(asked.scopes).toEqual(['openid', 'email']);
    expect(asked.userinfo).toEqual({ sub: person.id, email: 'mara@example.test', email_verified: false });
    expect((await oidc.preview(await account(), app.id)).scopes).toEqual(['openid', 'email', 'groups']);
  });

  it('says that somebody is not let in, and stores nothing', async () => {
    const app = await team.app({ access: ['admins'] });
    const before = await team.postern.sessions.grantsOfAccount(person.id);
    const { access, idToken } = await team.postern.oidc.preview(await account(), app.id);
    expect(access).toEqual({ allowed: false });
    expect(idToken).toMatchObject({ sub: person.id, aud: app.id });
    const disabled = { ...(await account()), disabled: true };
    const open = await team.app();
    expect((await team.postern.oidc.preview(disabled, open.id)).access.allowed).toBe(false);
    expect(await team.postern.sessions.grantsOfAccount(person.id)).toEqual(before);
  });

  it('needs a client that is there and switched on', async () => {
    const app = await team.app();
    await team.postern.clients.setDisabled(app.id, true, { by });
    for (const id of [app.id, 'nobody', '']) {
      await expect(team.postern.oidc.preview(await account(), id)).rejects.toMatchObject({ code: 'not_found' });
    }
  });
});

describe('the claims of tokens', () => {
  const tokensFor = async (input: Case, changes: Record<string, string> = {}) => {
    const app = await team.app(input as ClientInput);
    const tokens = await app.signIn(person, changes);
    return { idToken: payloadOf(tokens.id_token), tokens, app };
  };

  it('are an array where it was one, however many values are left', async () => {
    const rules = (only: string[]) => ({ claims: [{ claim: 'groups', name: 'g', only }] }) as Case;
    expect((await tokensFor(rules(['engineering']))).idToken.g).toEqual(['engineering']);
    expect((await tokensFor(rules(['none']))).idToken.g).toEqual([]);
  });

  it.each<[string, Case, Record<'idToken' | 'userinfo' | 'accessToken', Claims>]>([
    [
      'under its own name and another',
      { claims: [{ claim: 'groups', name: url, only: ['eng*'], prefix: 'h/' }] },
      {
        idToken: { [url]: ['h/engineering'], groups: ['engineering', 'sales'] },
        userinfo: { [url]: ['h/engineering'], groups: ['engineering', 'sales'] },
        accessToken: { [url]: ['h/engineering'] },
      },
    ],
    [
      'in the access token, and nowhere else whatever the scope asks for',
      { claims: [{ claim: 'groups', in: ['access_token'] }] },
      { idToken: {}, userinfo: {}, accessToken: { groups: ['engineering', 'sales'] } },
    ],
    [
      'nowhere, for a value that this person has not',
      { claims: [{ attribute: 'missing', name: 'groups' }] },
      { idToken: {}, userinfo: {}, accessToken: {} },
    ],
    [
      'in the ID token, for a client that wants its claims from /userinfo',
      { claimsInIdToken: false, claims: [{ attribute: 'badges', in: ['id_token'] }] },
      { idToken: { badges: ['red', 'blue'] }, userinfo: { groups: ['engineering', 'sales'] }, accessToken: {} },
    ],
  ])('are where the rules put them: %s', async (_what, input, expected) => {
    const { idToken, tokens } = await tokensFor(input, { scope: 'openid groups' });
    const ofPerson = (claims: Claims) =>
      Object.fromEntries(Object.entries(claims).filter(([name]) => [url, 'groups', 'badges'].includes(name)));
    expect(ofPerson(idToken)).toEqual(expected.idToken);
    const userinfo = (await (await team.userinfo(tokens.access_token)).json()) as Claims;
    expect(userinfo).toEqual({ sub: person.id, ...expected.userinfo });
    expect(ofPerson(await team.introspect(tokens.access_token))).toEqual(expected.accessToken);
  });

  it('have groups by scope groups and roles by scope roles', async () => {
    const roles = { editor: ['engineering'], owner: ['admins'] };
    const all = (await tokensFor({ roles }, { scope: 'openid groups roles' })).idToken;
    expect(all).toMatchObject({ groups: ['engineering', 'sales'], roles: ['editor'] });
    const none = (await tokensFor({ roles }, { scope: 'openid' })).idToken;
    for (const claim of ['groups', 'roles']) expect(none).not.toHaveProperty(claim);
    expect((await tokensFor({}, { scope: 'openid roles' })).idToken.roles).toEqual([]);
  });

  it('can’t be made to say who it is, whatever stands in the database', async () => {
    const app = await team.app();
    const rules = ['sub', 'iss', 'aud', 'nonce', 'acr', 'client_id', '__proto__', 'constructor'].map((name) => ({
      ...{ value: 'somebody else', name },
    }));
    const metadata = JSON.parse(
      (await team.postern.db.get<{ metadata: string }>('SELECT metadata FROM clients WHERE id = ?', [app.id]))
        ?.metadata ?? '',
    );
    await team.postern.db.run('UPDATE clients SET metadata = ?, version = version + 1 WHERE id = ?', [
      JSON.stringify({ ...metadata, postern_claims: rules }),
      app.id,
    ]);
    const tokens = await app.signIn(person, { scope: 'openid read', resource: api, nonce: 'a-nonce' });
    const about = { sub: person.id, iss: team.issuer };
    expect(payloadOf(tokens.id_token)).toMatchObject({ ...about, aud: app.id, nonce: 'a-nonce' });
    expect(payloadOf(tokens.access_token)).toMatchObject({ ...about, aud: api, client_id: app.id });
    for (const token of [tokens.id_token, tokens.access_token]) {
      expect(JSON.stringify(payloadOf(token))).not.toContain('somebody else');
    }
  });

  it('go by the scopes of a refresh that asks for fewer', async () => {
    const claims = [{ claim: 'email', name: 'mail', scope: 'email' }] as const;
    const { app, tokens } = await tokensFor({ claims: [...claims] }, { scope: 'openid email' });
    expect(await team.introspect(tokens.access_token)).toMatchObject({ mail: 'mara@example.test' });
    const { body } = await app.token({
      ...{ grant_type: 'refresh_token', refresh_token: tokens.refresh_token, scope: 'openid' },
    });
    expect(await team.introspect(body.access_token)).not.toHaveProperty('mail');
    expect(payloadOf(body.id_token)).not.toHaveProperty('mail');
    expect(await (await team.userinfo(body.access_token)).json()).toEqual({ sub: person.id });
  });

  it('can still be asked for by name', async () => {
    const claims = JSON.stringify({ id_token: { roles: null, email: null, acr: null } });
    const input = { claimsInIdToken: false, roles: { editor: ['engineering'] } };
    const { idToken } = await tokensFor(input, { claims });
    expect(idToken).toMatchObject({ roles: ['editor'], email: 'mara@example.test', acr: 'urn:postern:password' });
    expect(idToken).not.toHaveProperty('name');
  });

  it('follow a change of groups at once in userinfo, and at the next refresh in tokens', async () => {
    const app = await team.app({ access: 'everybody', claims: [{ claim: 'groups', name: 'g' }] });
    const mover = await team.person({ groups: ['sales'] });
    const tokens = await app.signIn(mover);
    await team.postern.accounts.update(mover.id, { groups: ['engineering'] }, { by });
    expect(await (await team.userinfo(tokens.access_token)).json()).toMatchObject({ g: ['engineering'] });
    const { body } = await app.refresh(tokens.refresh_token);
    expect(payloadOf(body.id_token).g).toEqual(['engineering']);
    expect((await team.introspect(body.access_token)).g).toEqual(['engineering']);
  });

  it('are the roles of this client on its consent page', async () => {
    const app = await team.app({ roles: { 'chief editor': ['engineering'] } });
    const visitor = createVisitor(team.issuer);
    const page = await visitor.submit(await visitor.open(app.authorizeUrl({ scope: 'openid roles' })), person.typed);
    expect(page.text).toContain('The roles you have in it');
    expect(page.text).toContain('chief editor');
    await signIn(visitor, app.authorizeUrl({ scope: 'openid roles' }), person.typed);
  });
});

it('discovery names the scope and the claim', async () => {
  const document = (await (await fetch(`${team.issuer}/.well-known/openid-configuration`)).json()) as Record<
    string,
    string[]
  >;
  expect(document.scopes_supported).toEqual(expect.arrayContaining(['groups', 'roles']));
  expect(document.claims_supported).toEqual(expect.arrayContaining(['groups', 'roles']));
});
