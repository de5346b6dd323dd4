/** Which member of a client stands where in its form. */
import { clientInput } from '../../domain/clients/clients.ts';

/** Members with a field of their own, and those that are changed elsewhere; all others stand in `more`. */
export const inFields = [
  ...(['name', 'clientUri', 'redirectUris', 'postLogoutRedirectUris', 'access', 'roles', 'claims', 'scope'] as const),
  ...(['tokenEndpointAuthMethod', 'idTokenSignedResponseAlg', 'grantTypes', 'responseTypes', 'pkce'] as const),
  ...(['claimsInIdToken', 'firstParty'] as const),
  ...(['backchannelLogoutUri', 'backchannelLogoutSessionRequired'] as const),
  ...(['frontchannelLogoutUri', 'frontchannelLogoutSessionRequired'] as const),
];
const elsewhere = ['id', 'disabled', 'secret', 'secretHash', 'secretHashes'];
/** What `more` may not have. */
export const taken: ReadonlySet<string> = new Set([...inFields, ...elsewhere]);
export const inMore = Object.keys(clientInput.shape).filter((member) => !taken.has(member));
