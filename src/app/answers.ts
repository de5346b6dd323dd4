/** How things are told as JSON: the members and times of the REST API, for the other doors too. */
export {
  account,
  apiKey,
  attribute,
  client,
  clientWithSecret,
  cookieKey,
  ended,
  group,
  key,
  keyRevocation,
  keyStatus,
  newApiKey,
  preview,
  rotatedKey,
  session,
} from '../http/api/answers.ts';
