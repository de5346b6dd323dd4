/** How things are told as JSON: the members and times of the REST API, for the other doors too. */
export {
  account,
  apiKey,
  attribute,
  client,
  clientWithSecret,
  delivery,
  deliveryWithAttempts,
  ended,
  group,
  key,
  newApiKey,
  preview,
  session,
} from '../http/api/answers.ts';
