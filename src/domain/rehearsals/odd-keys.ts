/** Keys as an issuer may publish them some day, for a client that should not mind. Pure. */
import type { KeySet, PublishedKey } from './key-set.ts';

/** RFC 7517 §5: to be ignored where kty, alg or crv is not known. Well-formed; nobody has the private parts. */
const unknownKinds: readonly PublishedKey[] = [
  {
    ...{ kty: 'AKP', alg: 'ML-DSA-44', use: 'sig', kid: 'rehearsal-ml-dsa' },
    pub: 'fUwB3eqFb4XBqaf9T8nIz3LkWK7K8wbwl926_TwZOaW-yIG6x4SLvZDvPwymmY1Y',
  },
  {
    ...{ kty: 'OKP', crv: 'Ed448', alg: 'Ed448', use: 'sig', kid: 'rehearsal-ed448' },
    x: '1tyP-GCmE6pXYDXKuiYXxJ05HDCM2fiIlIL6eZpCDa-1sy4Y_-QQg4GVCcd1mIUthII16z7jiOgA',
  },
  {
    ...{ kty: 'EC', crv: 'secp256k1', alg: 'ES256K', use: 'sig', kid: 'rehearsal-secp256k1' },
    x: '4jpzar56OA_Cq7HMT0H3YC6LYuWVN0wVomYebw9rUPo',
    y: '8AMv7_eS1nt8p6h-Jmvi8v0rOzrG42Z4BtmqMH8KB9g',
  },
  { kty: 'REHEARSAL', kid: 'rehearsal-unknown', use: 'rehearse', material: { of: ['any', null, 1] } },
];

/** RFC 7517 §4: members that are not understood are to be ignored. */
const extra = { nbf: 1_700_000_000, 'https://postern.example/note': { rehearsal: true, list: [1, null] } };

/** The same keys in the same order, with members that nobody knows, behind keys that nobody knows. */
export function oddKeys({ keys }: KeySet): KeySet {
  const rsa = keys.find(({ kty }) => kty === 'RSA');
  const [first] = keys;
  const others: PublishedKey[] = [];
  // Of a known kind, but not for signatures (§4.2).
  if (rsa) others.push({ ...rsa, use: 'enc', alg: 'RSA-OAEP-256', kid: 'rehearsal-encryption' });
  // `kid` is optional (§4.5); whoever names one does not mean this key.
  if (first) {
    const { kid: _kid, ...nameless } = first;
    others.push(nameless);
  }
  const known = keys.map((key) => ({ ...key, ...extra }));
  return { keys: [...unknownKinds, ...others, ...known], ...{ rehearsal: 'odd-keys', version: 2 } };
}
