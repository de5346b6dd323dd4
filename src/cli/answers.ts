type Name = keyof typeof import('../app/answers.ts');

/** The thing as the REST API tells it: its members, and times as text (ISO 8601, UTC). */
export async function answerOf(name: Name, thing: unknown): Promise<Record<string, unknown>> {
  return (await import('../app/answers.ts'))[name].parse(thing);
}
