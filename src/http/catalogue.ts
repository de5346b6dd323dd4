/** The text of the pages: one catalogue per language, in whole sentences. Another language is another file and one line here. */
import { de } from './catalogue/de.ts';
import { en } from './catalogue/en.ts';
import { escapeHtml, type Html, trusted } from './html.ts';

export const catalogues = { en, de } satisfies Record<string, Record<keyof typeof en, string>>;
export type Locale = keyof typeof catalogues;
export const locales = Object.keys(catalogues) as Locale[];

/** How each language calls itself, for the link that switches to it. */
export const languageNames: Record<Locale, string> = { en: 'English', de: 'Deutsch' };

/** Whether the catalogue has a sentence of that name: for names that come from an address. */
export const isSentence = (name: string): boolean => Object.hasOwn(catalogues.en, name);

/**
 * A function that gives the sentence with that name; values are escaped, the sentence itself is HTML of ours.
 * Throws on an unknown name, and on a value that the sentence wants and did not get.
 */
export function createText(locale: Locale) {
  const sentences: Record<string, string> = catalogues[locale];
  return function text(name: string, values: Record<string, unknown> = {}): Html {
    const sentence = sentences[name];
    if (sentence === undefined) throw new TypeError(`the catalogue has no sentence "${name}"`);
    return trusted(sentence.replace(/\{(\w+)\}/g, (_, key: string) => escapeHtml(values[key])));
  };
}
