/**
 * Eta, set up so that a page cannot go wrong quietly: text is escaped, what is missing throws, and templates see these
 * names and nothing else: `model`, `text`, `formats`, the drawings, and what the layout needs.
 */
import { fileURLToPath } from 'node:url';
import { Eta } from 'eta';
import { isIdentityScope } from '../base/scopes.ts';
import { createText, type Locale, languageNames, locales } from './catalogue.ts';
import { claimRows } from './claim-rows.ts';
import { markDifference, mostAlike } from './differences.ts';
import { fieldLabel } from './field-labels.ts';
import { avatar, icon, mark, scopeIcon, tile } from './figures.ts';
import { address, escapeHtml, soon, trusted } from './html.ts';
import { createFormats, inLocale } from './locale.ts';
import type { Brand, Page, ViewOptions } from './view-models.ts';

const drawings = { avatar, icon, mark, scopeIcon, tile };
const tools = { address, soon, trusted, problemsAt, fieldLabel, claimRows, isIdentityScope, markDifference, mostAlike };

/** What is wrong with one field of a form, or with a part of it (`groups[1]` of `groups`). */
function problemsAt(problem: { fields: { path: string; message: string }[] } | undefined, name: string): string[] {
  const isThere = (path: string): boolean =>
    path === name || path.startsWith(`${name}.`) || path.startsWith(`${name}[`);
  return (problem?.fields ?? []).filter(({ path }) => isThere(path)).map(({ message }) => message);
}

/** What may change while the server runs. `asset(path)`: the address of an asset, or undefined when there is none. */
type Present = { asset: (path: string) => string | undefined; brand: () => Brand };

export function createTemplates(options: ViewOptions, { asset, brand }: Present) {
  const { mode, clock } = options;
  const perLocale = new Map(
    locales.map((locale) => [locale, { locale, text: createText(locale), formats: createFormats(locale) }]),
  );
  const shared = { isDev: mode !== 'serve', asset, ...drawings, ...tools };
  const names = ['model', 'page', 'now', 'languages', 'locale', 'text', 'formats', 'brand', ...Object.keys(shared)];
  const eta = new Eta({
    views: fileURLToPath(new URL('../../views/', import.meta.url)),
    cache: options.cache,
    escapeFunction: escapeHtml,
    functionHeader: `const { ${names.join(', ')} } = it;`,
  });

  function languages(page: Page): { locale: Locale; name: string; href: string }[] {
    return locales
      .filter((locale) => locale !== page.locale)
      .map((locale) => ({ locale, name: languageNames[locale], href: inLocale(page.path, locale) }));
  }

  return {
    render(view: string, model: object, page: Page): string {
      const spoken = perLocale.get(page.locale);
      return eta.render(`/${view}`, {
        ...shared,
        ...spoken,
        brand: brand(),
        model,
        page,
        now: clock.now(),
        languages: languages(page),
      });
    },
  };
}
