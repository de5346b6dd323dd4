import { existsSync, statfsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { PosternError } from '../base/errors.ts';

/** What statfs(2) calls the file systems whose locks SQLite cannot rely on. */
const networkKinds: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB'],
]);

/** Throws `unavailable` (exit status 78) when the file would lie on a network: two machines there corrupt a database. */
export function refuseNetworkFile(path: string, kindOf: (folder: string) => number = statfsKind): void {
  let folder = dirname(resolve(path));
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  const kind = networkKinds.get(kindOf(folder));
  if (kind === undefined) return;
  const message = `${folder} is a network file system (${kind}), where SQLite loses data. Choose a local directory with --data, or use PostgreSQL.`;
  throw new PosternError('unavailable', message, { exitStatus: 78 });
}

/** Some systems hand the number out with its sign. Where nothing can be learned, opening the file says what is wrong. */
function statfsKind(folder: string): number {
  try {
    return statfsSync(folder).type >>> 0;
  } catch {
    return 0;
  }
}
