import type { Attempt, Client, Delivery, ListedDelivery } from '../app.ts';
import { timeText } from './words.ts';

export const stateText = (state: Delivery['state']): string => state.replace('_', ' ');

/** In a few words: the status, or the first sentence about why there is none. */
export function lastText(last: ListedDelivery['last']): string {
  if (last === undefined) return '';
  return last.status === undefined ? (last.problem?.split('. ', 1)[0] ?? '') : String(last.status);
}

export const nextText = ({ state, dueAt }: Delivery): string => (state === 'waiting' ? timeText(dueAt) : '');

/** What a delivery is about, for people. */
export async function deliveryFacts(
  delivery: Delivery,
  client: Client | undefined,
  username: (id: string) => Promise<string>,
): Promise<[label: string, value: string][]> {
  const { state, by, reason, sid, signOutId, settledAt, giveUpAt } = delivery;
  const isWaiting = state === 'waiting';
  return [
    ['App', delivery.clientId],
    ['State', stateText(state)],
    ['Signed out', await username(delivery.accountId)],
    ['Why', reason.replaceAll('_', ' ')],
    ['By', by.id === undefined ? by.type : by.type === 'account' ? await username(by.id) : `${by.type} ${by.id}`],
    ['When', timeText(delivery.createdAt)],
    [
      'Told at',
      client === undefined ? 'the client is gone' : (client.backchannelLogoutUri ?? 'it has no address for this'),
    ],
    ['Session (sid)', sid ?? 'all of that person’s'],
    ['Next attempt', nextText(delivery)],
    ['Tried until', isWaiting ? timeText(giveUpAt) : ''],
    ['Settled', timeText(settledAt)],
    ['Sign-out', signOutId],
  ];
}

/** What apps answered, the last first; one that gave the same answer time and again has it once. */
export function answersOf(tries: readonly Attempt[]): { which: string; answer: string }[] {
  const groups: { answer: string; last: number; first: number }[] = [];
  for (const { number, answer = '' } of tries) {
    const group = groups.at(-1);
    if (group && group.answer === answer) group.first = number;
    else groups.push({ answer, last: number, first: number });
  }
  return groups
    .filter(({ answer }) => answer !== '')
    .map(({ answer, last, first }) => ({
      which: last === first ? `attempt ${last}` : `attempts ${first} to ${last}`,
      answer,
    }));
}
