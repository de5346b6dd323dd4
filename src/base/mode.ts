/** What Postern runs for: a developer of an app, a test suite, or a team. */
export const modes = ['dev', 'testing', 'serve'] as const;
export type Mode = (typeof modes)[number];
