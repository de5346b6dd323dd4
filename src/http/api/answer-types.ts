/** What the schemas of answers.ts are made of. */
import { z } from 'zod';

/** Epoch ms of the rooms on one side, text on the other. */
export const time = z.codec(z.number(), z.iso.datetime(), {
  decode: (at) => new Date(at).toISOString(),
  encode: (text) => Date.parse(text),
});

/** The answers by the name that the OpenAPI document gives them. */
export const names = z.registry<{ id: string }>();
export const named = <Schema extends z.ZodType>(id: string, schema: Schema): Schema => {
  names.add(schema, { id });
  return schema;
};
/** A list without an end: `next` is null on the last page. */
export const listOf = <Item extends z.ZodType>(id: string, item: Item) =>
  named(id, z.object({ items: z.array(item), next: z.string().nullable().default(null) }));
