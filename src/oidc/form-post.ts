import type { KoaContextWithOIDC } from 'oidc-provider';

const action = /<form method="post" action="([^"]+)">/;

/**
 * `response_mode=form_post` posts to the app from a page of ours: this page alone may, and only there. The engine has
 * added the hash of its script to the policy by now (OAuth 2.0 Form Post Response Mode).
 */
export function allowFormPost(ctx: KoaContextWithOIDC): void {
  if (ctx.oidc.params?.response_mode !== 'form_post' || typeof ctx.body !== 'string') return;
  const target = URL.parse(action.exec(ctx.body)?.[1]?.replaceAll('&amp;', '&') ?? '');
  const policy = ctx.response.get('Content-Security-Policy');
  if (!target || !policy) return;
  ctx.set('Content-Security-Policy', policy.replace("form-action 'self'", `form-action 'self' ${target.origin}`));
}
