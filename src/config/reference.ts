/**
 * reference: the schema told to people and editors: Markdown table, .env example, help for flags, JSON Schema. Everything
 * is derived; `npm run docs` writes it where it is published.
 */
import { z } from 'zod';
import { type Mode, modes } from '../base/mode.ts';
import { type EntryTypes, secretFields } from './entries.ts';
import { schema } from './schema.ts';
import { isSetting, itemOf, type NamedSetting, type Setting, settingsOf, type Tree } from './setting.ts';

/** A Markdown table of all settings. Flags follow from the variables, so they have no column. */
export function markdownTable(): string {
  const rows = settingsOf(schema).map((named) => {
    const names = named.env === undefined ? 'file only' : `\`${named.env}\`${named.setting.secret ? ', `…_FILE`' : ''}`;
    return [`\`${named.key}\``, names, defaultText(named.setting, '`'), named.setting.help].map(cell);
  });
  const lines = [['setting', 'variable', 'default', 'what it does'], ['---', '---', '---', '---'], ...rows];
  return `${lines.map((line) => `| ${line.join(' | ')} |`).join('\n')}\n`;
}

const cell = (text: string) => text.replace(/[|<]/g, '\\$&');

/** An example of an environment file: every variable with its help, commented out. */
export function envExample(): string {
  const head = [
    '# Settings of Postern as environment variables. Generated from the schema by `npm run docs`: do not edit.',
    '# The same settings can stand in postern.yaml; a variable wins over the file, a flag over both.',
    '# Take the # off to set one. A secret can also be read from a file: add _FILE to its name.',
  ];
  const blocks = settingsOf(schema).flatMap((named) => {
    if (named.env === undefined) return [];
    const value = plainDefault(named.setting, 'serve');
    const file = named.setting.secret ? [`# ${named.env}_FILE=/run/secrets/${named.flag?.slice(2, -5)}`] : [];
    const notes = [`# ${named.setting.help}.`, `# Default: ${defaultText(named.setting)}`];
    return [['', ...notes, `# ${named.env}=${named.setting.fallbackText ? '' : value}`, ...file].join('\n')];
  });
  return `${[...head, ...blocks].join('\n')}\n`;
}

/** The flags of a command that reads the configuration, one line each, wrapped for a terminal of 100 columns. */
export function flagsHelp(): string {
  const rows = settingsOf(schema).flatMap((named) => (named.flag ? [[flagUsage(named), named] as const] : []));
  const lines = rows.map(([usage, { setting }]) => {
    const text = `${setting.help} (${defaultText(setting)})`;
    return `  ${usage}\n${wrap(text, 92)
      .map((line) => `        ${line}`)
      .join('\n')}`;
  });
  return [`  --config <file>\n        Configuration file (postern.yaml, if there is one)`, ...lines]
    .join('\n')
    .concat('\n');
}

function flagUsage({ flag, setting }: NamedSetting): string {
  if (setting.kind === 'boolean') return `${flag}, ${flag?.replace('--', '--no-')}`;
  const value = { text: 'text', path: 'path', integer: 'number', list: 'a,b', boolean: '', entries: '' }[setting.kind];
  return `${flag} <${setting.secret ? 'file' : value}>`;
}

function wrap(text: string, width: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line !== '' && line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines;
}

/** The JSON Schema of `postern.yaml`, for editors; `entries` say what its lists may hold. */
export function jsonSchema(entries: EntryTypes = {}): Record<string, unknown> {
  const root = objectOf(schema, entries).meta({ title: 'postern.yaml', description: 'Configuration of Postern' });
  const description = z.toJSONSchema(root, { io: 'input', unrepresentable: 'any' }) as Described;
  for (const { key, setting } of settingsOf(schema)) {
    const properties = description.properties?.[key]?.items?.properties;
    for (const name of properties ? secretFields(itemOf(setting)) : []) loosen(properties as Properties, name);
  }
  return description;
}

type Properties = Record<string, Described>;
type Described = { [key: string]: unknown; properties?: Properties; items?: Described };

/** In the place of a secret the file may refer to a variable or to another file. */
function loosen(properties: Properties, name: string): void {
  const { description, ...plain } = properties[name] ?? {};
  const variable = { type: 'string', pattern: '^\\$\\{[A-Za-z_][A-Za-z0-9_]*\\}$' };
  const file = { type: 'object', properties: { file: { type: 'string' } }, required: ['file'] };
  const isList = plain.type === 'array';
  properties[name] = {
    ...(description !== undefined && { description }),
    writeOnly: true,
    ...(isList ? plain : { anyOf: [plain, variable, { ...file, additionalProperties: false }] }),
  };
}

function objectOf(tree: Tree, entries: EntryTypes): z.ZodType {
  const shape = Object.entries(tree).map(([name, node]) => [
    name,
    isSetting(node) ? typeOf(node, entries[name]) : objectOf(node, {}).optional(),
  ]);
  return z.strictObject(Object.fromEntries(shape) as Record<string, z.ZodType>);
}

/** The type as the file may write it: a list also as one text separated by commas. */
function typeOf(setting: Setting<unknown>, strict: z.ZodType | undefined): z.ZodType {
  const type = setting.kind === 'list' ? z.union([z.string(), setting.type]) : (strict ?? setting.type);
  const description = setting.kind === 'entries' ? setting.help : `${setting.help}. Default: ${defaultText(setting)}`;
  return type.optional().meta({ description, ...(setting.secret && { writeOnly: true }) });
}

/** The default of a setting in words; `quote` goes around values. Empty values read "none". */
export function defaultText(setting: Setting<unknown>, quote = ''): string {
  if (setting.fallbackText !== undefined) return setting.fallbackText;
  const texts = modes.map((mode) => ({ mode, text: plainDefault(setting, mode) }));
  const shown = (text: string) => (text === '' ? 'none' : `${quote}${text}${quote}`);
  if (new Set(texts.map(({ text }) => text)).size === 1) return shown(texts[0]?.text ?? '');
  const byText = Map.groupBy(texts, ({ text }) => text);
  return [...byText]
    .map(([text, users]) => `${shown(text)} in ${users.map((user) => user.mode).join(' and ')}`)
    .join(', ');
}

/** The default as it would be written in a variable; empty where there is none. */
function plainDefault(setting: Setting<unknown>, mode: Mode): string {
  const value = setting.fallback({ mode, isSet: () => false, value: (key) => defaultOf(key, mode) });
  return Array.isArray(value) ? value.join(',') : String(value ?? '');
}

function defaultOf(key: string, mode: Mode): unknown {
  const context = { mode, isSet: () => false, value: (other: string) => defaultOf(other, mode) };
  return settingsOf(schema)
    .find((named) => named.key === key)
    ?.setting.fallback(context);
}
