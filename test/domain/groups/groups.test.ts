import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createManualClock } from '../../../src/base/clock.ts';
import { type Audit, createAudit } from '../../../src/domain/audit/audit.ts';
import { createGroups } from '../../../src/domain/groups/groups.ts';
import { databases, type OpenedDatabase } from '../../support/databases.ts';

const by = { type: 'operator' } as const;
const file = { by, source: 'file' } as const;

describe.each(databases)('groups over $name', ({ open }) => {
  let opened: OpenedDatabase;
  beforeEach(async () => {
    opened = await open();
  });
  afterEach(() => opened.close());

  const room = (record?: Audit['record']) => {
    const { db } = opened;
    const clock = createManualClock();
    const audit = createAudit({ clock });
    const groups = createGroups({ db, clock, audit: record ? { record } : audit });
    const events = async () =>
      (await audit.list(db, { limit: 100, event: 'group.' })).items.map(({ event, detail }) => ({ event, ...detail }));
    return { db, clock, audit, groups, events };
  };

  it('M13 creates, changes and removes, with one event each, before and after', async () => {
    const { groups, clock, db, events } = room();
    const made = await groups.create({ name: 'staff', description: ' All of us ' }, { by, ip: '::1', requestId: 'r' });
    expect(made).toEqual({
      ...{ name: 'staff', description: 'All of us', origin: 'admin', version: 1 },
      ...{ createdAt: clock.now(), updatedAt: clock.now() },
    });
    clock.advance(1000);
    const changed = await groups.update('staff', { description: null }, { by, ifVersion: 1 });
    expect(changed).toMatchObject({ name: 'staff', version: 2, updatedAt: clock.now() });
    expect(changed).not.toHaveProperty('description');
    expect(await groups.find('staff')).toEqual(changed);
    expect(await groups.update('staff', {}, { by })).toEqual(changed);
    await db.transaction((tx) => groups.removeIn(tx, 'staff', { by, members: 3 }));
    expect(await groups.find('staff')).toBeUndefined();
    expect(await events()).toEqual([
      { event: 'group.deleted', name: 'staff', members: 3 },
      { event: 'group.updated', name: 'staff', before: { description: 'All of us' }, after: { description: null } },
      { event: 'group.created', name: 'staff', origin: 'admin', after: { description: 'All of us' } },
    ]);
  });

  it('M13 nothing happens when its event cannot be written', async () => {
    await room().groups.create({ name: 'staff' }, { by });
    const { groups, db } = room(async () => {
      throw new Error('the log is full');
    });
    const before = await groups.list();
    await expect(groups.create({ name: 'new' }, { by })).rejects.toThrow('the log is full');
    await expect(groups.update('staff', { description: 'x' }, { by })).rejects.toThrow('the log is full');
    await expect(db.transaction((tx) => groups.removeIn(tx, 'staff', { by }))).rejects.toThrow('the log is full');
    await expect(db.transaction((tx) => groups.ensureIn(tx, ['a', 'b'], { by }))).rejects.toThrow('the log is full');
    expect(await groups.list()).toEqual(before);
  });

  it('lists by name, tells which are missing and makes those on the way', async () => {
    const { groups, db, events } = room();
    for (const name of ['zoo', 'Änderung', 'admins', 'team/a']) await groups.create({ name }, { by });
    const many = Array.from({ length: 45 }, (_, index) => `g${index}`);
    await db.transaction((tx) => groups.ensureIn(tx, [...many, 'zoo', 'g1'], { by, origin: 'sample' }));
    expect(await db.transaction((tx) => groups.missing(tx, [...many, 'zoo', 'gone', 'gone', 'a\0b']))).toEqual([
      'gone',
      'a\0b',
    ]);
    const names = (await groups.list()).map(({ name }) => name);
    expect(names).toEqual(names.toSorted());
    expect(names).toHaveLength(49);
    expect((await groups.find('g44'))?.origin).toBe('sample');
    expect(await events()).toHaveLength(49);
  });

  it('refuses what cannot be, all of it at once, and what is there already', async () => {
    const { groups, events } = room();
    await groups.create({ name: 'é' }, { by });
    // The same name in its decomposed form.
    await expect(groups.create({ name: 'e\u0301' }, { by })).rejects.toMatchObject({
      code: 'conflict',
      fields: [{ path: 'name' }],
    });
    const wrong = { name: '-x', description: 'a\nb', colour: 'red' } as never;
    await expect(groups.create(wrong, { by })).rejects.toMatchObject({
      code: 'invalid',
      fields: [{ path: 'name' }, { path: 'description' }, { path: 'colour' }],
    });
    await expect(groups.create({ name: 'x'.repeat(101) }, { by })).rejects.toMatchObject({ code: 'invalid' });
    await expect(groups.update('é', { name: 'other' } as never, { by })).rejects.toMatchObject({ code: 'invalid' });
    await expect(groups.update('gone\0', {}, { by })).rejects.toMatchObject({ code: 'not_found' });
    expect(await events()).toHaveLength(1);
  });

  it('refuses a change of a version that was not seen, with the status of a failed precondition', async () => {
    const { groups, db } = room();
    await groups.create({ name: 'staff' }, { by });
    await groups.update('staff', { description: 'first' }, { by, ifVersion: 1 });
    const stale = { code: 'conflict', cause: { httpStatus: 412 } };
    await expect(groups.update('staff', { description: 'second' }, { by, ifVersion: 1 })).rejects.toMatchObject(stale);
    const removal = db.transaction((tx) => groups.removeIn(tx, 'staff', { by, ifVersion: 1 }));
    await expect(removal).rejects.toMatchObject(stale);
    const both = ['a', 'b'].map((description) => groups.update('staff', { description }, { by, ifVersion: 2 }));
    const results = await Promise.allSettled(both);
    expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  });

  it('what the file declares changes from there alone; what was there before becomes the file’s', async () => {
    const { groups, db, events } = room();
    await groups.create({ name: 'mine' }, { by });
    await groups.create({ name: 'ours' }, file);
    const refused = {
      code: 'conflict',
      message: expect.stringContaining('The group ours is declared in the file (postern.yaml'),
    };
    await expect(groups.update('ours', { description: 'x' }, { by })).rejects.toMatchObject(refused);
    await expect(db.transaction((tx) => groups.removeIn(tx, 'ours', { by }))).rejects.toMatchObject(refused);
    expect(await groups.update('mine', {}, file)).toMatchObject({ origin: 'file', version: 2 });
    await db.transaction((tx) => groups.removeIn(tx, 'ours', file));
    expect(await events()).toMatchObject([
      { event: 'group.deleted', name: 'ours' },
      { event: 'group.updated', before: { origin: 'admin' }, after: { origin: 'file' } },
      {},
      {},
    ]);
  });
});
