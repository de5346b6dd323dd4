import type { DoorRoute } from '../own-door.ts';

/** A page of /admin that can be looked at: auditors too. */
export function look(path: string, handle: DoorRoute['handle']): DoorRoute {
  return { method: 'GET', path, needs: 'auditor', handle };
}

type Change = Required<Pick<DoorRoute, 'events'>> & Pick<DoorRoute, 'page' | 'form' | 'again'>;

/** A form of /admin: administrators only, and only with a recent sign-in (D11). `events`: exactly one of them each time. */
export function change(path: string, options: Change, handle: DoorRoute['handle']): DoorRoute {
  return { method: 'POST', path, needs: 'admin', fresh: true, ...options, handle };
}
