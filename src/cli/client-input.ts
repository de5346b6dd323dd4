/** The flags that say what a client is, as the room takes it: for `client add` and `client change`. */
import type { Client, ClientChange, ClientInput } from '../app.ts';
import { type Given, itemsOf } from './arguments.ts';
import { pairFrom, wrong } from './words.ts';

export const clientFlags = {
  kind: { value: 'kind', help: 'web, spa, native, machine or gateway: fills in what is left out' },
  name: { value: 'name', help: 'what people see', clears: true },
  'redirect-uri': { value: 'a,b', help: 'where the app takes people back', many: 'list' },
  'post-logout-redirect-uri': { value: 'a,b', help: 'where people go after signing out', many: 'list', clears: true },
  'backchannel-logout-uri': { value: 'url', help: 'where the app is told that somebody is signed out', clears: true },
  'frontchannel-logout-uri': { value: 'url', help: 'its page for that in the browser; best effort', clears: true },
  access: { value: 'a,b', help: 'the groups that may sign in, or everybody, or nobody' },
  role: { value: 'role=a,b', help: 'the groups that have a role there, for example admin=admins', many: 'each' },
  grant: { value: 'a,b', help: 'grant types, for example client_credentials', many: 'list' },
  scope: { value: 'scopes', help: 'the scopes it may ask for, separated by spaces', clears: true },
  pkce: { value: 'optional', help: 'for apps that know no PKCE; confidential ones only. Or: required' },
  public: { help: 'an app without a secret (kinds spa and native are)' },
  native: { help: 'an app on a person’s device; its loopback port may change' },
  'first-party': { help: 'no consent page', negates: true },
  set: { value: 'member=value', help: 'any other member, in JSON where it is no plain text', many: 'each' },
} as const;
type Flags = Given<typeof clientFlags>;
type Values = Record<string, unknown>;

export const clientMore = `
The secret is made here and shown once. Members for --set are those of clients in postern.yaml and of the API
(postern config schema lists them), for example:
  --set idTokenSignedResponseAlg=ES256
  --set 'claims=[{"claim":"groups","name":"https://app.example/groups","in":["id_token"]}]'`;

/** What `client add` hands to the room, which judges it. Throws `invalid` for a flag that cannot be read. */
export function clientInputOf(id: string, flags: Flags): ClientInput {
  const roles = rolesOf(flags.role, {});
  const said = { ...membersOf(flags), ...(roles && { roles }) };
  return { id, ...Object.fromEntries(Object.entries(said).filter(([, value]) => value !== null)) } as ClientInput;
}

/** What `client change` hands to the room: roles that are not named stay, `role=` without groups goes. */
export function clientChangeOf(client: Client, flags: Flags): ClientChange {
  const roles = rolesOf(flags.role, client.roles);
  return { ...membersOf(flags), ...(roles && { roles }) } as ClientChange;
}

function membersOf(flags: Flags): Values {
  const { access } = flags;
  const members: Values = {
    kind: flags.kind,
    name: cleared(flags.name),
    redirectUris: flags['redirect-uri'],
    postLogoutRedirectUris: flags['post-logout-redirect-uri'],
    backchannelLogoutUri: cleared(flags['backchannel-logout-uri']),
    frontchannelLogoutUri: cleared(flags['frontchannel-logout-uri']),
    access: access === undefined || access === 'everybody' || access === 'nobody' ? access : itemsOf(access),
    grantTypes: flags.grant,
    scope: cleared(flags.scope),
    pkce: flags.pkce,
    tokenEndpointAuthMethod: flags.public ? 'none' : undefined,
    applicationType: flags.native ? 'native' : undefined,
    firstParty: flags['first-party'],
    ...Object.fromEntries((flags.set ?? []).map(memberOf)),
  };
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

const cleared = (text: string | undefined): string | null | undefined => (text === '' ? null : text);

function memberOf(text: string): [string, unknown] {
  const [name, value] = pairFrom('set', text);
  if (name === 'id') throw wrong('set', 'id never changes');
  if (name === 'secret') {
    throw wrong(
      'set',
      'secret would be seen by other users: leave it out to get one made, or set secretHash (postern client hash)',
    );
  }
  return [name, readValue(value)];
}

function readValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function rolesOf(texts: readonly string[] | undefined, before: Record<string, string[]>) {
  if (texts === undefined) return undefined;
  const given = texts.map((text) => pairFrom('role', text)).map(([role, groups]) => [role, itemsOf(groups)] as const);
  const roles = Object.entries({ ...before, ...Object.fromEntries(given) });
  return Object.fromEntries(roles.filter(([, groups]) => groups.length > 0));
}
