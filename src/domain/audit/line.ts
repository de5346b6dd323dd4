import type { Actor, AuditEvent } from './entry.ts';

/** An event as every door hands it out: one JSON object, `at` in ISO 8601 (UTC), absent members left out. */
export type AuditLine = {
  id: string;
  at: string;
  event: string;
  actor: Actor;
  accountId?: string | undefined;
  clientId?: string | undefined;
  ip?: string | undefined;
  requestId?: string | undefined;
  detail: Record<string, unknown>;
};

/** The line of one event, its members always in this order. As JSON it is one line: control characters are escaped. */
export function auditLine({ id, at, event, actor, accountId, clientId, ip, requestId, detail }: AuditEvent): AuditLine {
  return {
    ...{ id, at: new Date(at).toISOString(), event, actor },
    ...(accountId !== undefined && { accountId }),
    ...(clientId !== undefined && { clientId }),
    ...(ip !== undefined && { ip }),
    ...(requestId !== undefined && { requestId }),
    detail,
  };
}
