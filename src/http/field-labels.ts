/** What the fields of our forms are called, by the paths at which the rooms report their problems. Pure. */

/** A sentence of the catalogue, and what it needs. */
type FieldLabel = { name: string; values?: Record<string, unknown> };

/** A path means the same on every page that has a field for it. */
const labels: Readonly<Record<string, string>> = {
  ...{ username: 'account.username', name: 'account.name', email: 'account.email', groups: 'account.groups' },
  ...{ emailVerified: 'account.email-verified', description: 'groups.description', type: 'attributes.type' },
  ...{ id: 'client-new.id', kind: 'clients.kind', clientUri: 'client.home', redirectUris: 'client.redirect-uris' },
  ...{ postLogoutRedirectUris: 'client.logout-uris', access: 'client.access', scope: 'client.scope' },
  ...{ tokenEndpointAuthMethod: 'client.method', idTokenSignedResponseAlg: 'client.alg', more: 'client.more-json' },
  ...{ grantTypes: 'client.grants', responseTypes: 'client.responses', pkce: 'client.pkce' },
  ...{ claimsInIdToken: 'client.claimsInIdToken', firstParty: 'client.firstParty', overlapSeconds: 'client.overlap' },
  ...{ backchannelLogoutUri: 'client.backchannel', frontchannelLogoutUri: 'client.frontchannel' },
  ...{ algorithm: 'keys.algorithm', reason: 'keys.reason' },
  ...{ scopes: 'api-key-new.scopes', expiresInDays: 'api-key-new.days' },
};

/** The label of the field at that path or above it; undefined for what has no field of its own on our pages. */
export function fieldLabel(path: string): FieldLabel | undefined {
  const claim = /^(?:claims|attributes)\.(?:address\.)?(\w+)/.exec(path)?.[1];
  if (claim !== undefined) return { name: 'account.claim', values: { claim } };
  const row = /^(roles|claims)\[(\d+)\](?:\.(\w+))?/.exec(path);
  if (row) return rowLabel(row[1] ?? '', Number(row[2]) + 1, row[3]);
  const [top = ''] = path.split(/[.[]/, 1);
  const name = Object.hasOwn(labels, top) ? labels[top] : undefined;
  return name === undefined ? undefined : { name };
}

function rowLabel(list: string, number: number, field: string | undefined): FieldLabel {
  if (list === 'claims') return { name: 'client.rule-number', values: { number } };
  return { name: field === 'groups' ? 'client.role-groups' : 'client.role', values: { number } };
}
