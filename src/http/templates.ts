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
import { avatar, icon, mark, scopeIcon, tile } from './figures.ts';
import { address, escapeHtml, trusted } from './html.ts';
import { createFormats, inLocale } from './locale.ts';
import type { Page, ViewOptions } from './view-models.ts';

const drawings = { avatar, icon, mark, scopeIcon, tile };
const tools = { address, trusted, claimRows, isIdentityScope, markDifference, mostAlike };

/** `asset(path)` gives the address of an asset, or undefined when there is none. */
export function createTemplates(options: ViewOptions, asset: (path: string) => string | undefined) {
  const { brand, mode, clock } = options;
  const perLocale = new Map(
    locales.map((locale) => [locale, { locale, text: createText(locale), formats: createFormats(locale) }]),
  );
  const shared = { brand, isDev: mode !== 'serve', asset, ...drawings, ...tools };
  const names = ['model', 'page', 'now', 'languages', 'locale', 'text', 'formats', ...Object.keys(shared)];
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
        model,
        page,
        now: clock.now(),
        languages: languages(page),
      });
    },
  };
}
