import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createManualClock } from '../../../src/base/clock.ts';
import { createAttributes } from '../../../src/domain/attributes/attributes.ts';
import { createAudit } from '../../../src/domain/audit/audit.ts';
import { databases, type OpenedDatabase } from '../../support/databases.ts';

const by = { type: 'operator' } as const;
const file = { by, source: 'file' } as const;

describe.each(databases)('attributes over $name', ({ open }) => {
  let opened: OpenedDatabase;
  beforeEach(async () => {
    opened = await open();
  });
  afterEach(() => opened.close());

  const room = (fails = false) => {
    const { db } = opened;
    const clock = createManualClock();
    const audit = createAudit({ clock });
    const failing = { record: () => Promise.reject(new Error('the log is full')) };
    const attributes = createAttributes({ db, clock, audit: fails ? failing : audit });
    const events = async () =>
      (await audit.list(db, { limit: 100, event: 'attribute.' })).items.map(({ event, detail }) => ({
        event,
        ...detail,
      }));
    return { db, clock, attributes, events };
  };

  it('M13 defines, changes and removes, with one event each, before and after', async () => {
    const { attributes, db, events } = room();
    await attributes.create({ name: 'room', type: 'string', description: 'Where' }, { by });
    await attributes.create({ name: 'badge', type: 'number' }, { by });
    expect((await attributes.list()).map(({ name, type }) => [name, type])).toEqual([
      ['badge', 'number'],
      ['room', 'string'],
    ]);
    const changed = await attributes.update('room', { description: 'Which room' }, { by, ifVersion: 1 });
    expect(changed).toMatchObject({ description: 'Which room', version: 2 });
    expect(await attributes.update('room', { description: 'Which room' }, { by })).toEqual(changed);
    await db.transaction((tx) => attributes.removeIn(tx, 'room', { by }));
    expect(await attributes.find('room')).toBeUndefined();
    expect(await events()).toEqual([
      { event: 'attribute.deleted', name: 'room', before: { type: 'string', description: 'Which room' } },
      {
        event: 'attribute.updated',
        name: 'room',
        ...{ before: { description: 'Where' }, after: { description: 'Which room' } },
      },
      { event: 'attribute.created', name: 'badge', origin: 'admin', after: { type: 'number' } },
      { event: 'attribute.created', name: 'room', origin: 'admin', after: { type: 'string', description: 'Where' } },
    ]);
  });

  it('M13 nothing happens when its event cannot be written', async () => {
    await room().attributes.create({ name: 'room', type: 'string' }, { by });
    const { attributes, db } = room(true);
    const before = await attributes.list();
    await expect(attributes.create({ name: 'other', type: 'json' }, { by })).rejects.toThrow('full');
    await expect(attributes.update('room', { description: 'x' }, { by })).rejects.toThrow('full');
    await expect(db.transaction((tx) => attributes.removeIn(tx, 'room', { by }))).rejects.toThrow('full');
    expect(await attributes.list()).toEqual(before);
  });

  it('refuses what cannot be, what is there already, and what every object has', async () => {
    const { attributes } = room();
    await attributes.create({ name: 'room', type: 'string' }, { by });
    await expect(attributes.create({ name: 'room', type: 'json' }, { by })).rejects.toMatchObject({ code: 'conflict' });
    await expect(attributes.create({ name: 'Room', type: 'text', x: 1 } as never, { by })).rejects.toMatchObject({
      code: 'invalid',
      fields: [{ path: 'name' }, { path: 'type' }, { path: 'x' }],
    });
    for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty', 'a'.repeat(65), '', 'a b'])
      await expect(attributes.create({ name, type: 'string' }, { by })).rejects.toMatchObject({ code: 'invalid' });
    await expect(attributes.update('room', { type: 'json' } as never, { by })).rejects.toMatchObject({
      code: 'invalid',
      fields: [{ path: 'type' }],
    });
    await expect(attributes.update('gone', {}, { by })).rejects.toMatchObject({ code: 'not_found' });
  });

  it('minds versions and the file', async () => {
    const { attributes, db } = room();
    await attributes.create({ name: 'room', type: 'string' }, file);
    const refused = { code: 'conflict', message: expect.stringContaining('declared in the file') };
    await expect(attributes.update('room', { description: 'x' }, { by })).rejects.toMatchObject(refused);
    await expect(db.transaction((tx) => attributes.removeIn(tx, 'room', { by }))).rejects.toMatchObject(refused);
    await attributes.update('room', { description: 'x' }, file);
    const stale = { code: 'conflict', cause: { httpStatus: 412 } };
    await expect(attributes.update('room', {}, { ...file, ifVersion: 1 })).rejects.toMatchObject(stale);
  });
});
