import type { DoorPage } from '../door-page.ts';
import type { DoorOptions } from '../own-door.ts';

/** The page in the place of one that can't be drawn: what it is about is gone, or its address was never handed out. */
export function createAbsentPage(page: DoorPage): NonNullable<DoorOptions['absent']> {
  return (visit, { code, message }, route) => {
    const place = (route.page ?? route.path).split('/')[2];
    const list = place === undefined ? '/admin' : `/admin/${place}`;
    const reason = code === 'not_found' ? 'gone' : 'unreadable';
    page(visit, 'admin/absent', { reason, message, kind: place ?? 'admin', list });
  };
}
