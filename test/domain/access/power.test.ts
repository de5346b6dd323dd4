import { describe, expect, it } from 'vitest';
import { type Holder, requirePower, worthOf } from '../../../src/domain/access/power.ts';

const admin = { adminGroups: ['admins', 'Führung'], readGroups: ['auditors'] };
const born = 1_700_000_000_000;

const people: Record<string, object> = {
  root: { groups: ['admins'] },
  auditor: { groups: ['auditors', 'staff'] },
  bob: { groups: ['staff'] },
  barred: { groups: ['admins'], disabled: true },
  renewed: { groups: ['admins'], tokensFrom: born },
};
const apps: Record<string, object> = {
  writer: { postern_scopes: ['openid', 'admin:read', 'admin:write'], postern_created_at: born },
  reader: { postern_scopes: ['admin:read'] },
  plain: { postern_scopes: ['openid'] },
  any: { postern_scopes: true },
  closed: { postern_scopes: ['admin:write'], postern_access: ['others'] },
};
const rooms = {
  ...admin,
  accounts: { find: async (id: string) => people[id] },
  clients: { metadata: async (id: string) => apps[id] },
} as unknown as Parameters<typeof worthOf>[0];

const worth = (holder: Partial<Holder>, scopes = ['accounts:write', 'audit:read']) =>
  worthOf(rooms, scopes, { issuedAt: born + 1, ...holder });
const whole = ['accounts:write', 'audit:read'];
const looking = ['accounts:read', 'audit:read'];

describe('what a key or a token is worth', () => {
  it.each([
    [{}, whole],
    [{ accountId: 'root' }, whole],
    [{ accountId: 'auditor' }, looking],
    [{ accountId: 'bob' }, []],
    [{ accountId: 'barred' }, []],
    [{ accountId: 'gone' }, []],
    [{ accountId: 'renewed' }, whole],
    [{ accountId: 'renewed', issuedAt: born - 1 }, []],
    [{ clientId: 'writer' }, whole],
    [{ clientId: 'writer', issuedAt: born - 1 }, []],
    [{ clientId: 'reader' }, looking],
    [{ clientId: 'plain' }, []],
    [{ clientId: 'gone' }, []],
    [{ clientId: 'any', accountId: 'root' }, whole],
    [{ clientId: 'reader', accountId: 'root' }, looking],
    [{ clientId: 'writer', accountId: 'auditor' }, looking],
    [{ clientId: 'plain', accountId: 'root' }, []],
    [{ clientId: 'closed', accountId: 'root' }, []],
  ] satisfies [Partial<Holder>, string[]][])('M05 of %j: %j', async (holder, expected) => {
    expect(await worth(holder)).toEqual(expected);
  });

  it('says a scope once', async () => {
    expect(await worth({ accountId: 'auditor' }, ['admin:read', 'admin:write'])).toEqual(['admin:read']);
  });
});

describe('changing what gives power over Postern', () => {
  const refused = (scopes: string[], power: Parameters<typeof requirePower>[2]) => {
    try {
      requirePower(admin, scopes, power);
    } catch (error) {
      return (error as { code: string }).code;
    }
    return undefined;
  };

  it.each([
    { groups: ['admins'] },
    { groups: ['staff', 'auditors'] },
    { groups: ['Fu\u0308hrung'] },
    { clientScope: 'openid admin:read' },
  ])('M01 needs admin:write: %j', (power) => {
    expect(refused(['accounts:write', 'clients:write', 'groups:write', 'admin:read'], power)).toBe('forbidden');
    expect(refused(['admin:write'], power)).toBeUndefined();
  });

  it.each([
    {},
    { groups: undefined },
    { groups: null },
    { groups: 'admins' },
    { groups: ['staff', 7, 'not a group'] },
    { clientScope: 'openid administer' },
    { clientScope: undefined },
  ])('lets the rest alone: %j', (power) => {
    expect(refused(['accounts:write'], power)).toBeUndefined();
  });
});
