/** print: the effective configuration for people and programs, without secrets, in the form of the file. */
import type { LoadedConfig } from './config.ts';
import { secretFields } from './entries.ts';
import { schema } from './schema.ts';
import { itemOf, type NamedSetting, settingsOf } from './setting.ts';
import { hiddenSecret } from './source.ts';

type PrintedConfig = {
  readonly mode: string;
  readonly source: string | null;
  /** Like the file; every secret is `(set)`. */
  readonly values: Record<string, unknown>;
  /** Where the value of each setting came from, by its dotted name. */
  readonly origins: Readonly<Record<string, string>>;
};

/** Values and origins as plain data for JSON. Settings without a value are left out. */
export function printedConfig({ config, origins }: LoadedConfig): PrintedConfig {
  const values: Record<string, unknown> = {};
  for (const named of settingsOf(schema)) {
    // Beside a PostgreSQL database the SQLite file means nothing, and a file that sets both is refused.
    if (named.key === 'database.file' && config.database.url !== undefined) continue;
    const shown = shownValue(named, valueAt(config, named.path));
    if (shown !== undefined) setAt(values, named.path, shown);
  }
  return { mode: config.mode, source: config.source ?? null, values, origins };
}

/** The same as YAML: a file that loads to the same configuration once the secrets are filled in. */
export async function printedYaml(loaded: LoadedConfig): Promise<string> {
  const { Document, isMap } = await import('yaml');
  const { values, origins } = printedConfig(loaded);
  const document = new Document(values);
  for (const { path, key } of settingsOf(schema)) {
    const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
    const pair = isMap(parent) ? parent.items.find((item) => String(item.key) === path.at(-1)) : undefined;
    const node = pair?.value as { comment?: string; items?: unknown[]; flow?: boolean } | undefined;
    if (node === undefined) continue;
    if (node.items?.every((item) => typeof (item as { value?: unknown }).value === 'string')) node.flow = true;
    node.comment = ` ${origins[key]}`;
  }
  return document.toString({ lineWidth: 0 });
}

function shownValue({ setting }: NamedSetting, value: unknown): unknown {
  if (setting.secret)
    return value === undefined || (Array.isArray(value) && value.length === 0) ? undefined : hiddenSecret;
  if (setting.kind !== 'entries' || !Array.isArray(value)) return value;
  const secrets = secretFields(itemOf(setting));
  return value.map((entry: Record<string, unknown>) =>
    Object.fromEntries(
      Object.entries(entry).map(([name, field]) => [
        name,
        secrets.includes(name) && field !== undefined ? hiddenSecret : field,
      ]),
    ),
  );
}

function valueAt(root: unknown, path: readonly string[]): unknown {
  return path.reduce((node, step) => (node as Record<string, unknown>)[step], root);
}

function setAt(root: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [step = '', ...deeper] = path;
  if (deeper.length === 0) root[step] = value;
  else {
    root[step] ??= {};
    setAt(root[step] as Record<string, unknown>, deeper, value);
  }
}
