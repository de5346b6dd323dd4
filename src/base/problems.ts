/** What a schema says against an input, as problems by place. Knows the shape of schemas and issues, no schema. */
import type { FieldProblem } from './errors.ts';
import { suggestion } from './nearest.ts';

export type Issue = { path: PropertyKey[]; message: string; code?: string | undefined; keys?: string[] };

/** What a schema found, before it is put into words. `origin`: what is too small or too big. */
type Found = {
  code: string;
  input?: unknown;
  expected?: unknown;
  origin?: unknown;
  minimum?: unknown;
  maximum?: unknown;
  inclusive?: unknown;
  format?: unknown;
  values?: readonly unknown[];
  issues?: readonly { message: string }[];
};

const nouns: Readonly<Record<string, string>> = {
  ...{ string: 'text', number: 'a number', int: 'a whole number', boolean: 'true or false' },
  ...{ array: 'a list', object: 'an object', record: 'an object', nan: 'a number' },
};
const formats: Readonly<Record<string, string>> = {
  ...{ email: 'must be an e-mail address', url: 'must be an absolute address, such as https://app.example' },
  ...{ datetime: 'must be a time such as 2030-01-31T12:00:00Z', date: 'must be a day as YYYY-MM-DD' },
};

/** Hand it to `safeParse`: where a schema has no words of its own for a problem, it is told in these. */
export const inWords = { error: sentence };

function sentence(found: Found): string {
  const { code, input, expected, format, values = [], issues = [] } = found;
  const isOfForm = code === 'invalid_type' || code === 'invalid_value' || code === 'invalid_union';
  if (isOfForm && input === undefined) return 'is missing';
  if (code === 'invalid_type') return `must be ${nouns[String(expected)] ?? String(expected)}`;
  if (code === 'too_small' || code === 'too_big') return boundOf(found);
  if (code === 'invalid_format') return formats[String(format)] ?? 'has a form that is not allowed here';
  if (code === 'invalid_value') return `must be ${values.length > 1 ? 'one of ' : ''}${values.join(', ')}`;
  if (code === 'invalid_key') return `is no name for it: ${issues[0]?.message ?? 'choose another'}`;
  return code === 'invalid_union' ? 'has none of the forms that it may have' : 'is not allowed here';
}

function boundOf({ code, origin, minimum, maximum, inclusive }: Found): string {
  const unit = origin === 'string' ? ' characters' : origin === 'array' ? ' entries' : '';
  if (code === 'too_small') {
    if (unit !== '' && Number(minimum) === 1) return 'must not be empty';
    return unit === ''
      ? `must be ${inclusive === false ? 'more than' : 'at least'} ${minimum}`
      : `must have at least ${minimum}${unit}`;
  }
  if (origin === 'string') return `must not be longer than ${maximum}${unit}`;
  return unit === ''
    ? `must be ${inclusive === false ? 'less than' : 'at most'} ${maximum}`
    : `must not have more than ${maximum}${unit}`;
}

/** How a message about a name begins that nothing has. */
export const unknownName = 'is not known';

/** The problems of the issues. A name that nothing has is a problem of that name, with what may have been meant. */
export function problemsOf(schema: object, issues: readonly Issue[]): FieldProblem[] {
  return issues.flatMap(({ path, message, code, keys }) => {
    if (code !== 'unrecognized_keys' || keys === undefined) return [{ path: placeOf(path), message }];
    const known = namesAt(schema, path);
    return keys.map((key) => ({ path: placeOf([...path, key]), message: `${unknownName}${suggestion(key, known)}` }));
  });
}

/** Where in the input, for example `groups[1]` or `claims.locale`. */
export function placeOf(path: readonly PropertyKey[]): string {
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`))
    .join('')
    .replace(/^\./, '');
}

type Node = { element?: Node; shape?: Record<string, Node>; unwrap?: () => Node };

/** The names that the object at that place may have; none where there is no object of the schema. */
export function namesAt(schema: object, path: readonly PropertyKey[]): string[] {
  const bare = (node: Node | undefined): Node | undefined =>
    node && !node.shape && !node.element && node.unwrap ? bare(node.unwrap()) : node;
  let node = bare(schema as Node);
  for (const step of path) {
    const within = typeof step === 'number' ? node?.element : node?.shape?.[String(step)];
    node = bare(within);
  }
  return Object.keys(node?.shape ?? {});
}
