import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createManualClock } from '../../../src/base/clock.ts';
import { createInstallation } from '../../../src/domain/installation/installation.ts';
import { databases, type OpenedDatabase } from '../../support/databases.ts';

const issuer = 'https://id.example.org';

describe.each(databases)('the seal over $name', ({ open }) => {
  let opened: OpenedDatabase;
  beforeEach(async () => {
    opened = await open();
  });
  afterEach(() => opened.close());
  const room = () => createInstallation({ db: opened.db, clock: createManualClock() });

  it('the first serve seals, later ones find it so; dev and testing are refused from then on', async () => {
    expect(await room().open('dev', issuer)).toBe(false);
    expect(await room().open('testing', issuer)).toBe(false);
    expect(await room().open('serve', issuer)).toBe(true);
    expect(await room().open('serve', issuer)).toBe(false);
    for (const mode of ['dev', 'testing'] as const) {
      await expect(room().open(mode, issuer)).rejects.toMatchObject({ code: 'forbidden', exitStatus: 78 });
    }
    expect(await opened.db.all('SELECT id, issuer FROM installation')).toEqual([{ id: 1, issuer }]);
  });

  it('serve refuses the sample people of dev and does not seal; dev goes on', async () => {
    await room().noteSamples(issuer);
    await expect(room().open('serve', issuer)).rejects.toMatchObject({ code: 'forbidden', exitStatus: 78 });
    await room().noteSamples(issuer);
    expect(await room().open('dev', issuer)).toBe(false);
    expect(await opened.db.all('SELECT sealed_at FROM installation')).toEqual([{ sealed_at: null }]);
  });

  it('where serve was first, no sample people are noted', async () => {
    await room().open('serve', issuer);
    await expect(room().noteSamples(issuer)).rejects.toMatchObject({ code: 'forbidden', exitStatus: 78 });
    expect(await opened.db.all('SELECT samples_at FROM installation')).toEqual([{ samples_at: null }]);
    expect(await room().open('serve', issuer)).toBe(false);
  });
});

describe.each(databases)('what is true of the installation over $name', ({ open }) => {
  let opened: OpenedDatabase;
  beforeEach(async () => {
    opened = await open();
  });
  afterEach(() => opened.close());
  const room = () => createInstallation({ db: opened.db, clock: createManualClock(), issuer });

  it('knows since when what was issued counts, and the brand of the file, also before a server has started', async () => {
    const [here, elsewhere] = [room(), room()];
    expect(await here.notBefore()).toBeUndefined();
    expect(await here.brand()).toBeUndefined();
    const brand = { name: 'Gate', accent: '#0b6e4f' };
    await opened.db.transaction(async (tx) => {
      await here.setNotBeforeIn(tx, 1234);
      await here.setBrandIn(tx, brand);
    });
    for (const installation of [here, elsewhere]) {
      expect(await installation.notBefore()).toBe(1234);
      expect(await installation.brand()).toEqual(brand);
    }
    expect(await here.open('serve', issuer)).toBe(true);
    await opened.db.transaction((tx) => elsewhere.setBrandIn(tx, undefined));
    expect(await here.brand()).toBeUndefined();
    expect(await here.notBefore()).toBe(1234);
    expect(await opened.db.all('SELECT id, issuer FROM installation')).toEqual([{ id: 1, issuer }]);
  });

  it('forgets what a transaction that failed had said', async () => {
    const installation = room();
    const failed = opened.db.transaction(async (tx) => {
      await installation.setNotBeforeIn(tx, 1234);
      throw new Error('no');
    });
    await expect(failed).rejects.toThrow('no');
    expect(await installation.notBefore()).toBeUndefined();
  });
});
