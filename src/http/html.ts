/** HTML as a value: text is escaped unless it is marked as HTML already, and nothing that is missing is ever printed. */
export type Html = { readonly html: string };

/** Marks a string that is HTML already. Only for text of ours, never for anything that came from outside. */
export function trusted(html: string): Html {
  return { html };
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text for element content and quoted attributes. Throws on undefined, null and objects: they are mistakes of a page. */
export function escapeHtml(value: unknown): string {
  if (typeof value === 'string') return value.replace(/[&<>"']/g, (character) => entities[character] as string);
  if (typeof value === 'number') return String(value);
  if (typeof value === 'object' && value !== null && 'html' in value) return String(value.html);
  throw new TypeError(`a page was about to print ${value === null ? 'null' : typeof value}`);
}

/**
 * The document of a frame that goes on to an address a second later. Pages that go on by themselves begin to count when all
 * of their frames are there: a frame that opened the address at once could hold its page up for minutes.
 */
export function soon(url: string): string {
  return `<meta http-equiv="refresh" content="1; url=${escapeHtml(address(url))}">`;
}

/** A template literal whose values are escaped. */
export function html(parts: TemplateStringsArray, ...values: unknown[]): Html {
  return trusted(parts.reduce((text, part, index) => text + escapeHtml(values[index - 1]) + part));
}

/** An address for `href`, checked: script and data addresses throw, whatever let them come this far. */
export function address(url: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: browsers drop these before they read the scheme
  if (/^(javascript|data|vbscript):/i.test(url.replace(/[\u0000-\u0020]/g, ''))) {
    throw new TypeError('a page was about to link to a script');
  }
  return url;
}
