import { describe, expect, it } from 'vitest';
import { fieldLabel } from '../../src/http/field-labels.ts';

describe('fieldLabel', () => {
  it.each([
    ['username', { name: 'account.username' }],
    ['groups[1]', { name: 'account.groups' }],
    ['redirectUris[0]', { name: 'client.redirect-uris' }],
    ['claims.locale', { name: 'account.claim', values: { claim: 'locale' } }],
    ['claims.address.country', { name: 'account.claim', values: { claim: 'country' } }],
    ['attributes.costCentre', { name: 'account.claim', values: { claim: 'costCentre' } }],
    ['claims[2].only[0]', { name: 'client.rule-number', values: { number: 3 } }],
    ['roles[0].name', { name: 'client.role', values: { number: 1 } }],
    ['roles[0].groups[4]', { name: 'client.role-groups', values: { number: 1 } }],
  ])('%s has the label of its field', (path, label) => {
    expect(fieldLabel(path)).toEqual(label);
  });

  it.each(['jwks.keys[0].d', 'constructor', '__proto__', ''])('%j has none', (path) => {
    expect(fieldLabel(path)).toBeUndefined();
  });
});
