/** Schemas of the API that are made from those of the rooms, so that a new member of a thing needs no second line here. */
import { z } from 'zod';

type Shape = Readonly<Record<string, z.ZodType>>;

/** Without default and optionality: what a member is when it is there. */
function bare(schema: z.ZodType): z.ZodType {
  const inner = schema instanceof z.ZodDefault || schema instanceof z.ZodOptional ? schema.unwrap() : undefined;
  return inner === undefined ? schema : bare(inner as z.ZodType);
}

/** The JSON merge patch of a thing with these members: each may be there, or be null to take it out (RFC 7396). */
export const patchOf = (shape: Shape) =>
  z.strictObject(Object.fromEntries(Object.entries(shape).map(([name, member]) => [name, patched(member)])));

function patched(member: z.ZodType): z.ZodType {
  const { description } = member.meta() ?? {};
  const schema = bare(member).nullable().optional();
  return description === undefined ? schema : schema.describe(description);
}

/**
 * The members of a thing as it is answered: described as when they go in, handed out as they are stored, whatever the
 * rules were when that was.
 */
export const shownAs = (shape: Shape) =>
  Object.fromEntries(
    Object.entries(shape).map(([name, member]) => {
      const { $schema: _, default: __, ...described } = z.toJSONSchema(member, { io: 'input' });
      return [name, z.unknown().meta(described).optional()];
    }),
  );
