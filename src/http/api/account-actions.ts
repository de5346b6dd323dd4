import { knownAccount } from './accounts.ts';
import { account, ended, grant, link, listOf } from './answers.ts';
import { changePresent } from './conditional.ts';
import type { ApiDependencies } from './dependencies.ts';
import { type Operation, operation } from './operation.ts';
import { sessionList } from './sessions.ts';

const grants = listOf('GrantList', grant);
const tag = 'Accounts';
const one = '/accounts/{id}';
type Rooms = Pick<ApiDependencies, 'accounts' | 'sessions' | 'access' | 'config'>;

/** What is done to an account besides changing what it says. */
export function listAccountActions(rooms: Rooms): Operation[] {
  return [...listSwitches(rooms), ...listSignIns(rooms)];
}

function listSwitches({ accounts, access, config }: Rooms): Operation[] {
  const write = { method: 'POST', tag, scopes: ['accounts:write'] } as const;
  const toggle = (word: 'disable' | 'enable', summary: string): Operation =>
    operation({
      ...{ ...write, id: `${word}Account`, path: `${one}/${word}`, summary, status: 200, answer: account },
      isVersioned: true,
      events: [word === 'disable' ? 'account.disabled' : 'account.enabled'],
      handle: async ({ params: { id = '' }, caller, circumstances, ifVersion }) => {
        const present = () => knownAccount(accounts, id);
        const changed = await changePresent(present, ifVersion, async ({ groups }, seen) => {
          access.requirePower(caller.scopes, { groups });
          return accounts.setDisabled(id, word === 'disable', { ...circumstances, ifVersion: seen });
        });
        return { body: changed, version: changed.version };
      },
    });
  return [
    operation({
      ...{ ...write, id: 'issueLink', path: `${one}/link`, summary: 'A link to choose a password by', status: 201 },
      description: 'Works once; the links that the account had before end. The answer tells it this once.',
      ...{ answer: link, events: ['account.link_issued'] },
      handle: async ({ params: { id = '' }, caller, circumstances }) => {
        const present = () => knownAccount(accounts, id);
        const { token, purpose, expiresAt } = await changePresent(present, undefined, ({ groups }, ifVersion) => {
          access.requirePower(caller.scopes, { groups });
          return accounts.issueLink(id, { ...circumstances, ifVersion });
        });
        return { body: { url: `${config.issuer}/link?token=${token}`, purpose, expiresAt } };
      },
    }),
    toggle('disable', 'Bar a person, and sign them out everywhere'),
    toggle('enable', 'Let a person in again'),
    operation({
      ...{ ...write, id: 'unlockAccount', path: `${one}/unlock`, status: 204, events: ['account.unlocked'] },
      summary: 'Open what failed sign-ins have closed',
      handle: async ({ params: { id = '' }, caller, circumstances }) => {
        access.requirePower(caller.scopes, { groups: (await knownAccount(accounts, id)).groups });
        await accounts.unlock(id, circumstances);
        return {};
      },
    }),
  ];
}

function listSignIns({ accounts, sessions }: Rooms): Operation[] {
  return [
    operation({
      ...{
        id: 'listAccountSessions',
        method: 'GET',
        path: `${one}/sessions`,
        summary: 'Where a person is signed in',
        tag,
      },
      ...{ scopes: ['sessions:read'], status: 200, answer: sessionList },
      handle: async ({ params: { id = '' } }) => {
        await knownAccount(accounts, id);
        return { body: { items: await sessions.listOfAccount(id) } };
      },
    }),
    operation({
      ...{ id: 'endAccountSessions', method: 'DELETE', path: `${one}/sessions`, tag },
      summary: 'End all sessions of a person',
      description: 'Nothing is ended, and nothing recorded, when there is none.',
      ...{ scopes: ['sessions:write'], status: 200, answer: ended, events: ['account.tokens_ended'] },
      handle: async ({ params: { id = '' }, circumstances }) => {
        await knownAccount(accounts, id);
        return { body: await sessions.endOthers(id, '', circumstances) };
      },
    }),
    operation({
      ...{ id: 'endAccountSession', method: 'DELETE', path: `${one}/sessions/{sessionId}`, tag },
      ...{ summary: 'End a session of a person', scopes: ['sessions:write'], status: 204, events: ['session.ended'] },
      handle: async ({ params: { id = '', sessionId = '' }, circumstances }) => {
        await sessions.end(sessionId, { accountId: id }, circumstances);
        return {};
      },
    }),
    operation({
      ...{ id: 'listAccountGrants', method: 'GET', path: `${one}/grants`, tag },
      ...{ summary: 'What a person has allowed apps', scopes: ['sessions:read'], status: 200, answer: grants },
      handle: async ({ params: { id = '' } }) => {
        await knownAccount(accounts, id);
        return { body: { items: await sessions.grantsOfAccount(id) } };
      },
    }),
    operation({
      ...{ id: 'revokeGrant', method: 'DELETE', path: `${one}/grants/{grantId}`, tag },
      ...{ summary: 'Take back what an app was allowed', scopes: ['sessions:write'], status: 204 },
      events: ['grant.revoked'],
      handle: async ({ params: { id = '', grantId = '' }, circumstances }) => {
        await sessions.revokeGrant(grantId, { accountId: id }, circumstances);
        return {};
      },
    }),
  ];
}
