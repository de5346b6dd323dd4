import { expect, it } from 'vitest';
import { load, problems } from './place.ts';

it('refuses a directory that nobody could administer, and a longer rest than the whole', async () => {
  const yaml = 'admin:\n  groups: []\n  idleSeconds: 120\n  sessionSeconds: 60\nlinks:\n  resetSeconds: 1\n';
  expect((await problems({ yaml })).toSorted()).toEqual([
    'postern.yaml:2:11 admin.groups must name a group: nobody could administer',
    'postern.yaml:3:16 admin.idleSeconds must not exceed admin.sessionSeconds',
    'postern.yaml:6:17 links.resetSeconds must be a whole number from 60 to 604800',
  ]);
});

it('lets the members of admins administer, and the log go back a year', async () => {
  const config = await load({});
  expect(config.admin.groups).toEqual(['admins']);
  expect(config.admin.readGroups).toEqual(['auditors']);
  expect(config.audit.retentionDays).toBe(365);
  expect(config.links).toEqual({ inviteSeconds: 604_800, resetSeconds: 1800 });
});

it('refuses a group that no group can be called, and takes its name in the form in which groups are stored', async () => {
  const yaml = 'admin:\n  groups: [Domain Admins]\n  readGroups: ["\\u3164auditors"]\n';
  const rule = 'must begin with a letter or digit, then letters, digits and . _ : / -, 100 in all';
  expect(await problems({ yaml })).toEqual([
    `postern.yaml:2:12 admin.groups[0] ${rule}`,
    `postern.yaml:3:16 admin.readGroups[0] ${rule}`,
  ]);
  const config = await load({ yaml: 'admin:\n  groups: ["Fu\\u0308hrung"]\n' });
  expect(config.admin.groups).toEqual(['Führung']);
});
