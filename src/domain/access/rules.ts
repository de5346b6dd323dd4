/** Who may open what, and as what: pure decisions about group names. */

/**
 * An access rule as the clients room shows it (`everybody`, `nobody`, or groups), or as it is stored for the engine, where
 * true is everybody, and so is a rule that was never written.
 */
export type AccessRule = 'everybody' | 'nobody' | true | readonly string[] | undefined;
export type AdminRole = 'admin' | 'auditor';
export type AdminGroups = { adminGroups: readonly string[]; readGroups: readonly string[] };

/** Whether somebody in these groups is let in; `by` is the first group that does it, absent where no group is needed. */
export function mayOpen(groups: readonly string[], access: AccessRule): { allowed: boolean; by?: string } {
  if (access === undefined || access === true || access === 'everybody') return { allowed: true };
  if (access === 'nobody') return { allowed: false };
  const by = groups.find((group) => access.includes(group));
  return by === undefined ? { allowed: false } : { allowed: true, by };
}

/** The roles that a client gives to these groups, in the order in which the client lists them. */
export function rolesOf(groups: readonly string[], roles: Readonly<Record<string, readonly string[]>> = {}): string[] {
  return Object.entries(roles)
    .filter(([, members]) => members.some((group) => groups.includes(group)))
    .map(([role]) => role);
}

/** What somebody in these groups may do with Postern itself; undefined for everybody else. */
export function adminRoleOf(
  groups: readonly string[],
  { adminGroups, readGroups }: AdminGroups,
): AdminRole | undefined {
  const isIn = (names: readonly string[]) => groups.some((group) => names.includes(group));
  if (isIn(adminGroups)) return 'admin';
  return isIn(readGroups) ? 'auditor' : undefined;
}
