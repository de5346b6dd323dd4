/** The form of a client: from a client to fields, and from what was typed back to them. */
import { type Client, entryOf } from '../../domain/clients/clients.ts';
import type { Group } from '../../domain/groups/groups.ts';
import type { FormShape } from '../form.ts';
import type { ClientFields } from '../views.ts';
import { accessFieldsOf, accessTyped } from './client-access.ts';
import { inMore } from './client-members.ts';
import { roleFields, rolesTyped, ruleFields, ruleLists, rulesTyped, type Typed } from './client-rules.ts';

/** A client may have a hundred addresses, fifty rules and keys. */
export const clientForm: FormShape = {
  lists: ['accessGroups', 'grantTypes', 'responseTypes', ...ruleLists],
  mostKib: 512,
};

export function fieldsOf(client: Client, groups: readonly Group[]): ClientFields {
  const entry: Record<string, unknown> = { ...entryOf(client) };
  const more = Object.fromEntries(inMore.flatMap((member) => (member in entry ? [[member, entry[member]]] : [])));
  return {
    ...accessFieldsOf(client.access, groups),
    ...{ name: client.name, clientUri: client.clientUri ?? '', scope: client.scope ?? '' },
    redirectUris: client.redirectUris.join('\n'),
    postLogoutRedirectUris: client.postLogoutRedirectUris.join('\n'),
    backchannelLogoutUri: client.backchannelLogoutUri ?? '',
    backchannelLogoutSessionRequired: client.backchannelLogoutSessionRequired === true,
    frontchannelLogoutUri: client.frontchannelLogoutUri ?? '',
    frontchannelLogoutSessionRequired: client.frontchannelLogoutSessionRequired !== false,
    tokenEndpointAuthMethod: client.tokenEndpointAuthMethod,
    idTokenSignedResponseAlg: client.idTokenSignedResponseAlg ?? '',
    ...{ grantTypes: client.grantTypes, responseTypes: client.responseTypes },
    isPkceOptional: client.pkce === 'optional',
    claimsInIdToken: client.claimsInIdToken !== false,
    firstParty: client.firstParty,
    ...{ roles: roleFields(client.roles), rules: client.claims.map(ruleFields) },
    more: JSON.stringify(more, undefined, 2),
  };
}

/** The same form with what was typed into it. */
export function fieldsTyped(typed: Typed, groups: readonly Group[]): ClientFields {
  const { form, lists } = typed;
  const text = (name: string) => form[name] ?? '';
  return {
    ...accessTyped(typed, groups),
    ...{ name: text('name'), clientUri: text('clientUri'), scope: text('scope') },
    ...{ redirectUris: text('redirectUris'), postLogoutRedirectUris: text('postLogoutRedirectUris') },
    backchannelLogoutUri: text('backchannelLogoutUri'),
    backchannelLogoutSessionRequired: form.backchannelLogoutSessionRequired !== undefined,
    frontchannelLogoutUri: text('frontchannelLogoutUri'),
    frontchannelLogoutSessionRequired: form.frontchannelLogoutSessionRequired !== undefined,
    tokenEndpointAuthMethod: text('tokenEndpointAuthMethod'),
    idTokenSignedResponseAlg: text('idTokenSignedResponseAlg'),
    ...{ grantTypes: [...(lists.grantTypes ?? [])], responseTypes: [...(lists.responseTypes ?? [])] },
    isPkceOptional: form.pkce !== undefined,
    ...{ claimsInIdToken: form.claimsInIdToken !== undefined, firstParty: form.firstParty !== undefined },
    ...{ roles: rolesTyped(typed), rules: rulesTyped(typed), more: text('more') },
  };
}
