import { expect, it } from 'vitest';
import { type AuditFilters, wideFilter } from '../../../src/domain/audit/audit.ts';

const day = 86_400_000;
const now = 1000 * day;

it.each<[AuditFilters, 'ip' | 'actorId' | undefined]>([
  [{}, undefined],
  [{ event: 'account.', clientId: 'app' }, undefined],
  [{ ip: '::1' }, 'ip'],
  [{ actorId: 'key_1' }, 'actorId'],
  [{ ip: '::1', actorId: 'key_1', event: 'token.issued', clientId: 'app' }, 'ip'],
  [{ ip: '::1', accountId: 'acc_1' }, undefined],
  [{ ip: '::1', from: 0 }, 'ip'],
  [{ ip: '::1', from: now - 31 * day }, undefined],
  [{ ip: '::1', from: now - 31 * day - 1 }, 'ip'],
  [{ ip: '::1', from: 0, to: 31 * day }, undefined],
  [{ ip: '::1', to: now - day }, 'ip'],
  [{ ip: '::1', from: now - day, to: now + 900 * day }, undefined],
])('%j: %s', (filters, wide) => {
  expect(wideFilter(filters, now)).toBe(wide);
});
