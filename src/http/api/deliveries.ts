import { deliveryFilters } from '../../domain/deliveries/deliveries.ts';
import { delivery, deliveryWithAttempts, listOf, replayed } from './answers.ts';
import type { ApiDependencies } from './dependencies.ts';
import { type Operation, operation } from './operation.ts';
import { page } from './query.ts';

const deliveryList = listOf('DeliveryList', delivery);
const tag = 'Deliveries';
const one = '/deliveries/{id}';
const filters = page.extend(deliveryFilters.shape);

/** Which app has confirmed that somebody is signed out. */
export function listDeliveryOperations({ deliveries }: Pick<ApiDependencies, 'deliveries'>): Operation[] {
  return [
    operation({
      ...{ id: 'listDeliveries', method: 'GET', path: '/deliveries', tag, query: filters, answer: deliveryList },
      ...{ summary: 'Which apps have heard that somebody is signed out', scopes: ['deliveries:read'], status: 200 },
      description: 'Newest first.',
      handle: async ({ query }) => {
        const found = await deliveries.list(query);
        return { body: found, next: found.next };
      },
    }),
    operation({
      ...{ id: 'findDelivery', method: 'GET', path: one, summary: 'One delivery, with every attempt', tag },
      ...{ scopes: ['deliveries:read'], status: 200, answer: deliveryWithAttempts },
      handle: async ({ params: { id = '' } }) => ({ body: await deliveries.find(id) }),
    }),
    operation({
      ...{ id: 'replayDelivery', method: 'POST', path: `${one}/replay`, summary: 'Tell an app again', tag },
      description: 'At once, and then for as long as a new one. Refused (409) when the app has confirmed.',
      ...{ scopes: ['deliveries:write'], status: 200, answer: deliveryWithAttempts, events: ['delivery.replayed'] },
      handle: async ({ params: { id = '' }, circumstances }) => {
        await deliveries.replay({ id }, circumstances);
        return { body: await deliveries.find(id) };
      },
    }),
    operation({
      ...{ id: 'replayDeliveries', method: 'POST', path: '/deliveries/replay', summary: 'Tell apps again', tag },
      description: 'All that match and are not confirmed. Nothing is recorded when there is none.',
      ...{ scopes: ['deliveries:write'], status: 200, answer: replayed, events: ['delivery.replayed'] },
      body: deliveryFilters,
      handle: async ({ body, circumstances }) => ({ body: { count: await deliveries.replay(body, circumstances) } }),
    }),
  ];
}
