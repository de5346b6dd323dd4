import type { Context } from 'koa';
import type { Config } from '../config/config.ts';
import { cookieNames } from '../oidc/oidc.ts';

/** The known-device cookie (security.md e-4): it signs itself, so it needs no signature of the cookie jar. */
export function readDeviceCookie({ issuer }: Config, ctx: Context): string | undefined {
  return ctx.cookies.get(cookieNames(issuer).device, { signed: false });
}

export function setDeviceCookie({ issuer, throttle }: Config, ctx: Context, value: string): void {
  ctx.cookies.set(cookieNames(issuer).device, value, {
    signed: false,
    httpOnly: true,
    sameSite: 'lax',
    secure: issuer.startsWith('https:'),
    path: '/',
    maxAge: throttle.device.rememberSeconds * 1000,
    overwrite: true,
  });
}
