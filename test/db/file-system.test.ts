import { join } from 'node:path';
import { expect, it } from 'vitest';
import { refuseNetworkFile } from '../../src/db/file-system.ts';
import { temporaryFolder } from '../support/spawned.ts';

it.each([
  ['NFS', 0x6969],
  ['SMB', 0x517b],
  ['CIFS', 0xff534d42],
  ['SMB', 0xfe534d42],
])('e-2 a database on %s (%i) is refused with what to do instead', (name, kind) => {
  expect(() => refuseNetworkFile('/srv/share/postern.db', () => kind)).toThrowError(
    expect.objectContaining({ exitStatus: 78, message: expect.stringContaining(`network file system (${name})`) }),
  );
});

it('e-2 a local one is not, also where its folder is still to be made: then the folder above decides', () => {
  const folder = temporaryFolder();
  const asked: string[] = [];
  const path = join(folder, 'not', 'there', 'postern.db');
  refuseNetworkFile(path, (place) => asked.push(place));
  expect(asked).toEqual([folder]);
  refuseNetworkFile(path);
});
