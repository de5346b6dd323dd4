/** The fields of a form as a browser would post them when nothing is touched. Reads Postern's own markup only. */

export type Pairs = [name: string, value: string][];

/** The form with that action, whatever query it carries along. Throws when the page has none. */
export function fieldsIn(page: string, action: string): Pairs {
  const forms = page.split('<form ');
  const form = forms.find((part) => /^[^>]*action="([^"?]*)/.exec(part)?.[1] === action.split('?')[0]);
  if (form === undefined) throw new Error(`the page has no form for ${action}`);
  const inside = form.slice(0, form.indexOf('</form>'));
  const fields = inside.matchAll(
    /<input ([^>]*)>|<textarea ([^>]*)>([\s\S]*?)<\/textarea>|<select ([^>]*)>([\s\S]*?)<\/select>/g,
  );
  return [...fields].flatMap(([, input, textarea, content, select, choices]): Pairs => {
    const attributes = input ?? textarea ?? select ?? '';
    const name = valueIn(attributes, 'name') ?? '';
    if (name === 'csrf' || / (disabled)(?![=\w])/.test(` ${attributes}`)) return [];
    // A line break right after the tag is no part of the value (HTML §13.1.2.6).
    if (textarea !== undefined) return [[name, decoded((content ?? '').replace(/^\n/, '')).replaceAll('\n', '\r\n')]];
    if (select !== undefined) return [[name, chosenOf(choices ?? '')]];
    const isBox = /type="(checkbox|radio)"/.test(attributes);
    return isBox && !/ checked/.test(attributes) ? [] : [[name, valueIn(attributes, 'value') ?? '']];
  });
}

/** The same with some of them changed; a list puts several in the place of one, an empty one none. */
export function changed(fields: Pairs, changes: Record<string, string | readonly string[]>): Pairs {
  const put = Object.entries(changes).flatMap(([name, value]) =>
    [value].flat().map((one): [string, string] => [name, one]),
  );
  return [...fields.filter(([name]) => !(name in changes)), ...put];
}

function chosenOf(choices: string): string {
  const all = [...choices.matchAll(/<option ([^>]*)>/g)].map(([, attributes = '']) => attributes);
  return valueIn(all.find((attributes) => / selected/.test(attributes)) ?? all[0] ?? '', 'value') ?? '';
}

function valueIn(attributes: string, name: string): string | undefined {
  const value = new RegExp(`(?:^|\\s)${name}="([^"]*)"`).exec(attributes)?.[1];
  return value === undefined ? undefined : decoded(value);
}

const decoded = (text: string): string =>
  text
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&#39;/g, "'")
    .replace(/&amp;/g, '&');
