/**
 * The pages: Eta templates in views/, text from one catalogue per language, the stylesheet and the team's accent.
 * A door hands over a model (view-models.ts: view name → model) and gets a whole HTML document that works without script
 * and under a strict policy. Knows no route, no session, no room and no table.
 */
import { isDeepStrictEqual } from 'node:util';
import { type Asset, createAssets } from './assets.ts';
import { pickLocale } from './locale.ts';
import { createTemplates } from './templates.ts';
import type { Brand, Page, ViewModels, ViewName, ViewOptions } from './view-models.ts';

export type { Asset } from './assets.ts';
export { type Locale, locales } from './catalogue.ts';
export type * from './view-models.ts';

/** Reads the assets and prepares the templates; throws PosternError `invalid` when the accent is not one CSS colour. */
export function createViews(options: ViewOptions) {
  let { brand } = options;
  let assets = createAssets(brand);
  const templates = createTemplates(options, { asset: (path) => assets.address(path), brand: () => brand });
  return {
    /** Draws with this name and accent from now on. Throws like `createViews`, and changes nothing then. */
    rebrand(wanted: Brand): void {
      if (isDeepStrictEqual(wanted, brand)) return;
      assets = createAssets(wanted);
      brand = wanted;
    },
    /** The whole HTML document. Throws when the model lacks something that the page shows. */
    render<Name extends ViewName>(name: Name, model: ViewModels[Name], page: Page): string {
      return templates.render(name, model, page);
    },
    /** Everything under /assets by path without query. Pages add `?v=<hash>`, so it may be cached for ever. */
    assets: { get: (path: string): Asset | undefined => assets.files.get(path) },
    pickLocale,
  };
}

export type Views = ReturnType<typeof createViews>;
