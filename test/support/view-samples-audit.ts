/** Samples of the pages of /admin about the audit log and API keys; see view-samples.ts. */
import { apiScopes } from '../../src/domain/api-keys/api-keys.ts';
import { auditEventNames } from '../../src/domain/audit/audit.ts';
import type { AuditFields, AuditViewModels } from '../../src/http/views.ts';
import { event, frameAt, sampleNow } from './view-samples-admin.ts';

const days = (count: number) => sampleNow + count * 86_400_000;
const auditor = { mayChange: false, account: { name: 'Ines Duarte', username: 'ines' } };
const bob = { name: 'Bob Brenner', username: 'bob', href: '/admin/accounts/acc_bob' };
const fields: AuditFields = { event: '', account: '', client: '', actor: '', ip: '', from: '', to: '' };
const groups = Object.entries(Object.groupBy(auditEventNames, (name) => name.split('.')[0] ?? '')).map(
  ([kind, types = []]) => ({ kind, types }),
);
const actors = ['account', 'client', 'api_key', 'operator', 'system', 'anonymous'] as const;
const detail = JSON.stringify({ before: { name: 'Bob' }, after: { name: 'Bob Brenner' } }, undefined, 2);
const about = { requestId: undefined, detail: undefined, toldHref: undefined };
const ofClient = { clientId: 'grafana', clientHref: '/admin/clients/grafana' };

const audit: AuditViewModels['admin/audit'] = {
  frame: frameAt('audit'),
  ...{ groups, fields, problems: [] },
  rows: [
    {
      ...event('account.updated', { who: bob, about: bob, ip: '192.0.2.17' }),
      ...about,
      id: '1',
      requestId: 'r1',
      detail,
    },
    { ...event('consent.granted', { who: bob, about: bob, ...ofClient, ip: '2001:db8::17' }), ...about, id: '2' },
    { ...event('admin.signed_in', { by: 'acc_gone', clientId: 'postern-admin' }), ...about, id: '3' },
    { ...event('from.later', { type: undefined, kind: 'operator' }), ...about, id: '4' },
    {
      ...event('session.ended', { who: bob, about: bob }),
      ...about,
      id: '5',
      toldHref: '/admin/deliveries?sign_out=so_1',
    },
    ...actors.map((kind) => ({ ...event('key.created', { kind }), ...about, id: kind })),
  ],
  ...{ exportHref: '/admin/audit/export', keptDays: 365 },
  links: { first: undefined, next: '/admin/audit?after=x' },
};

const apiKey: AuditViewModels['admin/api-keys']['rows'][number] = {
  ...{ id: 'key_q7Xd0aLm02kq3nV8', name: 'Nightly sync on harbour-2', scopes: ['accounts:write', 'groups:write'] },
  ...{ person: bob, lastUsedAt: days(-0.01), endedAt: days(40), state: 'live' },
};
const newKey = { fields: { name: '', scopes: [], expiresInDays: '90' }, scopes: apiScopes };
const problem = {
  message: 'This API key cannot be made as it is.',
  fields: [
    { path: 'name', message: 'must not be empty' },
    { path: 'scopes', message: 'must be at least one' },
    { path: 'expiresInDays', message: 'must not be more than 366' },
  ],
};

const noLinks = { first: undefined, next: undefined };

export const auditSamples: { [Name in keyof AuditViewModels]: Record<string, AuditViewModels[Name]> } = {
  'admin/audit': {
    plain: audit,
    later: { ...audit, keptDays: 0, links: { first: '/admin/audit', next: undefined } },
    'every event': { ...audit, rows: auditEventNames.map((name) => ({ ...event(name), ...about, id: name })) },
    'none found': { ...audit, rows: [], fields: { ...fields, event: 'account.' } },
    wrong: {
      ...audit,
      ...{ rows: [], fields: { ...fields, account: 'bbo', ip: '192.0.2.17', from: '2026-02-31' } },
      problems: [
        { path: 'account', reason: 'unknown' },
        { path: 'event', reason: 'event' },
        { path: 'ip', reason: 'wide' },
        { path: 'from', reason: 'day' },
      ],
    },
    empty: { ...audit, rows: [], frame: frameAt('audit', auditor), links: noLinks },
  },
  'admin/api-keys': {
    plain: {
      frame: frameAt('api-keys'),
      rows: [
        apiKey,
        { ...apiKey, name: 'Backup', state: 'expired', endedAt: days(-2), person: undefined, lastUsedAt: undefined },
        { ...apiKey, name: 'Old sync', state: 'revoked', endedAt: days(-0.2) },
      ],
      links: { first: '/admin/api-keys', next: '/admin/api-keys?after=x' },
    },
    auditor: { frame: frameAt('api-keys', auditor), rows: [apiKey], links: noLinks },
    empty: { frame: frameAt('api-keys'), rows: [], links: noLinks },
  },
  'admin/api-key-new': {
    plain: { frame: frameAt('api-keys'), ...newKey },
    wrong: {
      frame: frameAt('api-keys', { problem }),
      ...newKey,
      fields: { name: '', scopes: ['accounts:read'], expiresInDays: '4000' },
    },
    auditor: { frame: frameAt('api-keys', auditor), ...newKey },
  },
  'admin/api-key-made': {
    plain: {
      ...{ frame: frameAt('api-keys'), name: 'Nightly sync', secret: `pst_${'kq3nV8dZ'.repeat(5)}kq3` },
      ...{ expiresAt: days(90), address: 'https://id.example.test/api/v1' },
    },
  },
};
