/** What the house's own checks need to know of a source file: imports, forbidden globals, SQL texts, functions and sizes. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync } from 'oxc-parser';

export type Import = { specifier: string; typeOnly: boolean };
export type FunctionSize = { name: string; lines: number };
export type SourceFacts = {
  path: string;
  lines: number;
  imports: Import[];
  /** `process.env`, `Date.now`, `new Date()`, `console`: each as often as it occurs. */
  globals: string[];
  /** String and template literals; a `?` stands where a template has an expression. */
  texts: string[];
  functions: FunctionSize[];
};

type Node = { type: string; start: number; end: number; [key: string]: unknown };

/** Sources by path with `/`, relative to `directory`, at any depth. */
export function readTree(directory: string, extension = /\.(ts|js|mjs)$/): Record<string, string> {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).filter((path) => extension.test(path));
  return Object.fromEntries(
    paths.map((path) => [
      path
        .slice(directory.length)
        .replace(/^[\\/]/, '')
        .replaceAll('\\', '/'),
      readFileSync(path, 'utf8'),
    ]),
  );
}

/** Parses one file; throws when it can't be parsed, so that nothing passes unseen. */
export function factsOf(path: string, source: string): SourceFacts {
  const { program, errors } = parseSync(path, source);
  if (errors.length > 0) throw new Error(`${path} can't be parsed: ${errors[0]?.message}`);
  const facts: SourceFacts = { path, lines: lineCount(source), imports: [], globals: [], texts: [], functions: [] };
  walk(program as unknown as Node, undefined, (node, parent) => {
    addImport(facts, node);
    addGlobal(facts, node);
    addText(facts, node);
    addFunction(facts, node, parent, source);
  });
  return facts;
}

function lineCount(text: string): number {
  return text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';
}

function walk(node: Node, parent: Node | undefined, visit: (node: Node, parent: Node | undefined) => void): void {
  visit(node, parent);
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) walk(child, node, visit);
  }
}

const importingNodes = new Set([
  'ImportDeclaration',
  'ExportNamedDeclaration',
  'ExportAllDeclaration',
  'ImportExpression',
  'TSImportType',
]);

function addImport(facts: SourceFacts, node: Node): void {
  if (!importingNodes.has(node.type)) return;
  const source = node.source as { value?: unknown } | null | undefined;
  if (!source) return;
  const specifiers = (node.specifiers ?? []) as Node[];
  const isType = (part: Node) => part.importKind === 'type' || part.exportKind === 'type';
  const typeOnly = node.type === 'TSImportType' || isType(node) || (specifiers.length > 0 && specifiers.every(isType));
  facts.imports.push({ specifier: typeof source.value === 'string' ? source.value : '(computed)', typeOnly });
}

function addGlobal(facts: SourceFacts, node: Node): void {
  if (node.type === 'MemberExpression') {
    const owner = nameOf(node.object);
    const member = nameOf(node.property);
    if (owner === 'process' && member === 'env') facts.globals.push('process.env');
    if (owner === 'Date' && member === 'now') facts.globals.push('Date.now');
    if (owner === 'console') facts.globals.push('console');
  }
  if (node.type === 'VariableDeclarator' && nameOf(node.init) === 'process' && isNode(node.id)) {
    const taken = ((node.id.properties ?? []) as Node[]).map((property) => nameOf(property.key));
    if (taken.includes('env')) facts.globals.push('process.env');
  }
  const argumentCount = ((node.arguments ?? []) as unknown[]).length;
  if (node.type === 'NewExpression' && nameOf(node.callee) === 'Date' && argumentCount === 0)
    facts.globals.push('new Date()');
  if (node.type === 'CallExpression' && nameOf(node.callee) === 'Date') facts.globals.push('new Date()');
}

/** The name of an identifier, of a quoted property, or of the last member (`globalThis.process` is `process`). */
function nameOf(value: unknown): string | undefined {
  if (!isNode(value)) return undefined;
  if (value.type === 'Identifier') return value.name as string;
  if (value.type === 'Literal') return String(value.value);
  if (value.type === 'MemberExpression') return nameOf(value.property);
  return undefined;
}

function addText(facts: SourceFacts, node: Node): void {
  if (node.type === 'Literal' && typeof node.value === 'string') facts.texts.push(node.value);
  if (node.type !== 'TemplateLiteral') return;
  const pieces = (node.quasis as { value: { cooked: string | null } }[]).map((quasi) => quasi.value.cooked ?? '');
  facts.texts.push(pieces.join('?'));
}

function addFunction(facts: SourceFacts, node: Node, parent: Node | undefined, source: string): void {
  if (!['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression'].includes(node.type) || !node.body)
    return;
  const name = nameOf(node.id) ?? nameOf(parent?.id) ?? nameOf(parent?.key) ?? '(anonymous)';
  facts.functions.push({ name, lines: lineCount(source.slice(node.start, node.end)) });
}
