type Fields = Record<string, unknown>;
/** What a change did: only the fields that differ; `null` stands for one that was not there. */
export type Changed = { before: Fields; after: Fields };

/** The fields in which two states of a thing differ, for the log; undefined when there are none. Values are compared as JSON. */
export function changedFields(before: Fields, after: Fields): Changed | undefined {
  const changed: Changed = { before: {}, after: {} };
  for (const field of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [was, is] = [before[field] ?? null, after[field] ?? null];
    if (JSON.stringify(was) === JSON.stringify(is)) continue;
    changed.before[field] = was;
    changed.after[field] = is;
  }
  return Object.keys(changed.after).length === 0 ? undefined : changed;
}
