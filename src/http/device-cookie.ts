import type { Context } from 'koa';
import type { Config } from '../config/config.ts';

/** The known-device cookie (security.md e-4): it signs itself, so it needs no signature of the cookie jar. */
const nameOf = ({ issuer, port }: Config): string =>
  issuer.startsWith('https:') ? '__Host-postern-device' : `postern-${port}-device`;

export function readDeviceCookie(config: Config, ctx: Context): string | undefined {
  return ctx.cookies.get(nameOf(config), { signed: false });
}

export function setDeviceCookie(config: Config, ctx: Context, value: string): void {
  ctx.cookies.set(nameOf(config), value, {
    signed: false,
    httpOnly: true,
    sameSite: 'lax',
    secure: config.issuer.startsWith('https:'),
    path: '/',
    maxAge: config.throttle.device.rememberSeconds * 1000,
    overwrite: true,
  });
}
