import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { entryTypes } from '../../src/app/entries.ts';
import { isPosternError, type PosternError } from '../../src/base/errors.ts';
import { type LoadOptions, loadConfig } from '../../src/config/config.ts';

export const goodSecret = 'q5b0kq1eVb7yXGv0mR2k3H1o8kY0Q2m8mJrJxk1vB3c';
export const otherSecret = 'Zr3v9pT2cWq8nLx5sKd7gHj1fYb4mNa6eUo0iRtQwXs';

/** How the file refers to a variable. */
export const variable = (name: string) => `\${${name}}`;

/** A directory of its own for one test, with the given files in it (mode 0600). */
export function directory(files: Record<string, string> = {}): string {
  const path = mkdtempSync(join(tmpdir(), 'postern-config-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text, { mode: 0o600 });
  return path;
}

/** Loads in a directory of its own with nothing from the real environment. */
export function load(options: Partial<LoadOptions> & { yaml?: string } = {}) {
  const { yaml, ...rest } = options;
  const cwd = rest.cwd ?? directory(yaml === undefined ? {} : { 'postern.yaml': yaml });
  return loadConfig({ mode: 'dev', env: {}, argv: [], entries: entryTypes, ...rest, cwd });
}

/** The error of a load that must fail. */
export async function failure(options: Parameters<typeof load>[0]): Promise<PosternError> {
  const outcome = await load(options).catch((error: unknown) => error);
  if (!isPosternError(outcome))
    throw new Error(`expected a PosternError, got ${JSON.stringify(outcome)}`, { cause: outcome });
  return outcome;
}

/** Its problems, one text each: place, then message. */
export async function problems(options: Parameters<typeof load>[0]): Promise<string[]> {
  return (await failure(options)).fields.map(({ path, message }) => `${path} ${message}`);
}
