import type { Context } from 'koa';
import { PosternError } from '../base/errors.ts';
import type { Asset } from './views.ts';

/** Stylesheet and mark; the address that a page gives carries the hash of the content, so it may be kept for ever. */
export function createAssetRoute(assets: { get(path: string): Asset | undefined }) {
  return async (ctx: Context): Promise<void> => {
    const asset = assets.get(ctx.path);
    if (!asset) throw new PosternError('not_found', 'There is no such file.');
    ctx.type = asset.type;
    ctx.etag = asset.etag;
    ctx.set('Cache-Control', ctx.query.v === undefined ? 'no-cache' : 'public, max-age=31536000, immutable');
    ctx.status = 200;
    if (ctx.fresh) {
      ctx.status = 304;
      return;
    }
    ctx.body = asset.body;
  };
}
