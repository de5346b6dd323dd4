/** What an event is made of: who, from where, about whom, and the payload of its kind. */
import type { AuditDetails, AuditEventName } from './events.ts';

/**
 * Who did it. `anonymous`: a browser nobody is signed in to; `operator`: the command line; `system`: Postern itself;
 * `api_key`: a key of the REST API, by its id.
 */
export type Actor = {
  type: 'account' | 'client' | 'api_key' | 'operator' | 'system' | 'anonymous';
  id?: string | undefined;
};

/** Who acts, from where, for every function that changes something. `source: 'file'`: `apply` does, for the file. */
export type Circumstances = {
  by: Actor;
  ip?: string | undefined;
  requestId?: string | undefined;
  source?: 'file' | undefined;
};

type About = {
  actor: Actor;
  accountId?: string | undefined;
  clientId?: string | undefined;
  ip?: string | undefined;
  requestId?: string | undefined;
};
type Told = { [Name in AuditEventName]: { event: Name; detail: AuditDetails[Name] } }[AuditEventName];

/** An event to record: its name, its payload and the circumstances. */
export type AuditEntry = About & Told;
/** A recorded event. `at` is epoch ms; ids sort by time. */
export type AuditEvent = AuditEntry & { id: string; at: number };

/** The part of an entry that says who did it and from where. */
export const causedBy = ({ by, ip, requestId }: Circumstances) => ({ actor: by, ip, requestId });
