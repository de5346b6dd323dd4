/** Where somebody asks from, in one spelling. Pure. */
import ipaddr from 'ipaddr.js';
import type { Client } from '../clients/clients.ts';

/** Instead of an origin that no client has: anybody can make up as many as they like. */
export const foreignPage = 'page';

/** The usual spelling of an address, IPv4 without its IPv6 coat; undefined for what is none, or that of nobody. */
export function usualAddress(ip: string): string | undefined {
  const plain = ip.trim().replace(/%.*$/, '');
  if (!ipaddr.isValid(plain)) return undefined;
  const address = ipaddr.process(plain);
  return address.range() === 'unspecified' ? undefined : address.toString();
}

/** The origins (RFC 6454 §6.2) of a client's redirect URIs, as browsers name those of its pages. */
export function originsOf({ redirectUris }: Pick<Client, 'redirectUris'>): string[] {
  const urls = redirectUris.flatMap((uri) => URL.parse(uri) ?? []);
  const ofPages = urls.filter(({ protocol }) => protocol === 'https:' || protocol === 'http:');
  return [...new Set(ofPages.map(({ origin }) => origin))];
}
