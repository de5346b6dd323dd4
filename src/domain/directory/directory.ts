/**
 * directory: the whole of groups, attributes, accounts, clients and brand as one file: planned, applied in one transaction,
 * exported. It owns no table; it knows the rooms and what belongs together, neither YAML nor where the file came from.
 */
import type { Circumstances } from '../audit/audit.ts';
import { type ApplyOptions, applyFile } from './apply.ts';
import { exportFile } from './export.ts';
import { type DirectoryFile, parseDirectory, type WrittenFile } from './file.ts';
import { draftPlan, type Plan } from './plan.ts';
import type { Rooms } from './rooms.ts';

export type { AccessChange } from './access-change.ts';
export type { Progress } from './apply.ts';
export type { FieldDifference } from './differences.ts';
export { anyEntries, type DirectoryFile, entryTypes, type WrittenFile } from './file.ts';
export type { Plan } from './plan.ts';
export type { Action, Change, Kind } from './step.ts';

export type Directory = ReturnType<typeof createDirectory>;

/** The room. `apply` opens its own transaction. */
export function createDirectory(rooms: Rooms) {
  return {
    /** The file that some data is. Throws `invalid` for what no file has; what is wrong with entries tells `plan`. */
    parse: (data: unknown): WrittenFile => parseDirectory(data),

    /**
     * What `apply` would do. Throws `invalid` with every problem by its path, like `accounts[3].groups[1]`, and `conflict`
     * when no administrator would be left (M08). Writes and hashes nothing.
     */
    async plan(file: WrittenFile): Promise<Plan> {
      const { plan, lastAdministratorGone } = await draftPlan(rooms, file);
      if (lastAdministratorGone) throw lastAdministratorGone;
      return plan;
    },

    /**
     * Makes the database as the file says, in one transaction; a list that the file does not have is left alone. Answers what
     * it did. Throws `invalid` with every problem by its path, `conflict` when no administrator would be left (M08).
     */
    apply: (file: WrittenFile, circumstances: Circumstances, options: ApplyOptions = {}): Promise<Plan> =>
      applyFile(rooms, file, circumstances, options),

    /** The present state as a file; see export.ts for what is left out. Records that it was taken. */
    async export(
      { withHashes }: { withHashes: boolean },
      { by, ip, requestId }: Circumstances,
    ): Promise<DirectoryFile> {
      await rooms.audit.record(rooms.db, {
        ...{ actor: by, ip, requestId },
        event: 'directory.exported',
        detail: { withHashes },
      });
      return exportFile(rooms, { withHashes });
    },
  };
}
