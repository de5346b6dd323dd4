import { z } from 'zod';
import { ended, listOf, session } from './answers.ts';
import { knownClient } from './clients.ts';
import type { ApiDependencies } from './dependencies.ts';
import { type Operation, operation } from './operation.ts';
import { page } from './query.ts';

export const sessionList = listOf('SessionList', session);
const tag = 'Sessions';
const filters = page.extend({
  accountId: z.string().min(1).max(200).optional(),
  clientId: z.string().min(1).max(200).optional(),
});

type Rooms = Pick<ApiDependencies, 'sessions' | 'clients'>;

export function listSessionOperations({ sessions, clients }: Rooms): Operation[] {
  return [
    operation({
      ...{ id: 'listSessions', method: 'GET', path: '/sessions', summary: 'Who is signed in', tag },
      ...{ scopes: ['sessions:read'], status: 200, query: filters, answer: sessionList },
      handle: async ({ query }) => {
        const found = await sessions.list(query);
        return { body: found, next: found.next };
      },
    }),
    operation({
      ...{ id: 'endSession', method: 'DELETE', path: '/sessions/{id}', summary: 'End a session', tag },
      ...{ scopes: ['sessions:write'], status: 204, events: ['session.ended'] },
      handle: async ({ params: { id = '' }, circumstances }) => {
        await sessions.end(id, {}, circumstances);
        return {};
      },
    }),
    operation({
      ...{ id: 'endClientSessions', method: 'DELETE', path: '/clients/{id}/sessions', tag },
      summary: 'End all sessions in which a client was used',
      description:
        'Who used it is signed out of every app of that session; offline access stays. Nothing is recorded when there is none.',
      ...{ scopes: ['sessions:write'], status: 200, answer: ended, events: ['client.sessions_ended'] },
      handle: async ({ params: { id = '' }, circumstances }) => {
        await knownClient(clients, id);
        return { body: await sessions.endOfClient(id, circumstances) };
      },
    }),
  ];
}
