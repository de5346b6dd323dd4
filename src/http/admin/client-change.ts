/** What was typed into the form of a client, as the change that the room takes, and what is wrong with it in all. */
import { isDeepStrictEqual } from 'node:util';
import { type FieldProblem, isPosternError, PosternError } from '../../base/errors.ts';
import { type Client, type ClientChange, type ClientInput, entryOf } from '../../domain/clients/clients.ts';
import { accessOf, inOrderOf } from './client-access.ts';
import { type inFields, inMore, taken } from './client-members.ts';
import { linesOf, type Read, rolesOf, rolesTyped, rulesOf, rulesTyped, type Typed } from './client-rules.ts';
import type { AdminRooms } from './dependencies.ts';

type SwitchedMember = 'claimsInIdToken' | 'backchannelLogoutSessionRequired' | 'frontchannelLogoutSessionRequired';

/** What was typed, as a change of `client`: only what is different, `null` for what is gone. */
export function changeOf(typed: Typed, client: Client): Read<ClientChange> {
  const { form, lists } = typed;
  const before: Record<string, unknown> = { ...entryOf(client) };
  const text = (name: string) => form[name]?.trim() || null;
  const access = accessOf(typed, client.access);
  const roles = rolesOf(rolesTyped(typed));
  const rules = rulesOf(rulesTyped(typed));
  const more = moreOf(form.more ?? '', before);
  const responseTypes = lists.responseTypes ?? [];
  // It comes with what the authorization endpoint hands out (RFC 7591 §2.1), so it has no box of its own.
  const implied = responseTypes.some((type) => type !== 'code') ? ['implicit'] : [];
  /** A box that stands as it is without a word says nothing. */
  const ticked = (name: SwitchedMember, isUsual: boolean) => {
    const isTicked = form[name] !== undefined;
    return isTicked === isUsual && client[name] === undefined ? undefined : isTicked;
  };
  const wanted: Record<string, unknown> & Record<(typeof inFields)[number], unknown> = {
    ...{ name: text('name'), clientUri: text('clientUri'), scope: text('scope') },
    redirectUris: linesOf(form.redirectUris ?? ''),
    postLogoutRedirectUris: linesOf(form.postLogoutRedirectUris ?? ''),
    ...{ access: access.value, roles: roles.value, claims: rules.value },
    tokenEndpointAuthMethod: text('tokenEndpointAuthMethod'),
    idTokenSignedResponseAlg: text('idTokenSignedResponseAlg'),
    grantTypes: inOrderOf(client.grantTypes, [...(lists.grantTypes ?? []), ...implied]),
    responseTypes: inOrderOf(client.responseTypes, responseTypes),
    pkce: form.pkce === undefined ? 'required' : 'optional',
    claimsInIdToken: ticked('claimsInIdToken', true),
    backchannelLogoutUri: text('backchannelLogoutUri'),
    backchannelLogoutSessionRequired: ticked('backchannelLogoutSessionRequired', false),
    frontchannelLogoutUri: text('frontchannelLogoutUri'),
    frontchannelLogoutSessionRequired: ticked('frontchannelLogoutSessionRequired', true),
    firstParty: form.firstParty !== undefined,
    ...more.value,
  };
  const changed = Object.entries(wanted).filter(
    ([member, value]) => !isDeepStrictEqual(value ?? null, before[member] ?? null),
  );
  return {
    value: Object.fromEntries(changed.map(([member, value]) => [member, value ?? null])) as ClientChange,
    problems: [access, roles, rules, more].flatMap(({ problems }) => problems),
  };
}

/** The members that have no field; those that are not named are gone. What can't be read changes nothing. */
function moreOf(text: string, before: Record<string, unknown>): Read<Record<string, unknown>> {
  const wrong = (message: string) => ({
    value: Object.fromEntries(inMore.map((member) => [member, before[member]])),
    problems: [{ path: 'more', message }],
  });
  let read: unknown;
  try {
    read = text.trim() === '' ? {} : JSON.parse(text);
  } catch {
    return wrong('must be JSON: names and texts in double quotes, no comma at the end of a list');
  }
  if (typeof read !== 'object' || read === null || Array.isArray(read)) return wrong('must be a JSON object: {…}');
  const named = Object.entries(read);
  const misplaced = named.filter(([member]) => taken.has(member)).map(([member]) => member);
  if (Object.hasOwn(read, '__proto__')) return wrong('must not have __proto__');
  if (misplaced.length > 0) return wrong(`must not have ${misplaced.join(', ')}: this page has a place for it already`);
  return { value: { ...Object.fromEntries(inMore.map((member) => [member, null])), ...read }, problems: [] };
}

/**
 * Throws `invalid` when the form has problems that the room can't see, together with those that the room has with the
 * whole input; else nothing.
 */
export async function refuseWith(
  clients: AdminRooms['clients'],
  problems: readonly FieldProblem[],
  { input, current }: { input: Record<string, unknown>; current?: Client },
): Promise<void> {
  if (problems.length === 0) return;
  const more = await clients.prepare(input, { current }).then(
    () => [],
    (error: unknown) => {
      if (isPosternError(error) && error.code === 'invalid') return error.fields;
      throw error;
    },
  );
  throw new PosternError('invalid', 'This client cannot be saved as it is.', { fields: [...problems, ...more] });
}

/** The whole that the client and the change make together. */
export function merged(client: Client, change: ClientChange): ClientInput {
  const whole = Object.entries({ ...entryOf(client), ...change }).filter(([, value]) => value !== null);
  return Object.fromEntries(whole) as ClientInput;
}
