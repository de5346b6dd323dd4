/**
 * The pages: Eta templates in views/, text from one catalogue per language, the stylesheet and the team's accent.
 * A door hands over a model (view-models.ts: view name → model) and gets a whole HTML document that works without script
 * and under a strict policy. Knows no route, no session, no room and no table.
 */
import { createAssets } from './assets.ts';
import { pickLocale } from './locale.ts';
import { createTemplates } from './templates.ts';
import type { Page, ViewModels, ViewName, ViewOptions } from './view-models.ts';

export type { Asset } from './assets.ts';
export { type Locale, locales } from './catalogue.ts';
export type * from './view-models.ts';

/** Reads the assets and prepares the templates; throws PosternError `invalid` when the accent is not one CSS colour. */
export function createViews(options: ViewOptions) {
  const assets = createAssets(options.brand);
  const templates = createTemplates(options, assets.address);
  return {
    /** The whole HTML document. Throws when the model lacks something that the page shows. */
    render<Name extends ViewName>(name: Name, model: ViewModels[Name], page: Page): string {
      return templates.render(name, model, page);
    },
    /** Everything under /assets by path without query. Pages add `?v=<hash>`, so it may be cached for ever. */
    assets: assets.files,
    pickLocale,
  };
}

export type Views = ReturnType<typeof createViews>;
