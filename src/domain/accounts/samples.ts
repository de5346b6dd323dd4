import type { AccountInput } from './account.ts';

type Sample = {
  name: string;
  nickname: string;
  middleName: string;
  groups: string[];
  gender: string;
  birthdate: string;
  place: { street: string; locality: string; region: string; postalCode: string; country: string };
  zoneinfo: string;
  locale: string;
  disabled?: boolean;
};

const people: Record<string, Sample> = {
  alice: {
    name: 'Alice Archer',
    nickname: 'Ally',
    middleName: 'Ann',
    groups: ['admins', 'engineering'],
    gender: 'female',
    birthdate: '1985-04-12',
    place: {
      street: '1 Gatehouse Lane',
      locality: 'Bristol',
      region: 'England',
      postalCode: 'BS1 4ST',
      country: 'United Kingdom',
    },
    zoneinfo: 'Europe/London',
    locale: 'en-GB',
  },
  bob: {
    name: 'Bob Brenner',
    nickname: 'Bobby',
    middleName: 'Bruno',
    groups: ['engineering'],
    gender: 'male',
    birthdate: '1990-11-03',
    place: { street: 'Torweg 2', locality: 'Nürnberg', region: 'Bayern', postalCode: '90402', country: 'Deutschland' },
    zoneinfo: 'Europe/Berlin',
    locale: 'de-DE',
  },
  carol: {
    name: 'Carol Castellan',
    nickname: 'Caz',
    middleName: 'Claire',
    groups: ['sales'],
    gender: 'female',
    birthdate: '1978-07-29',
    place: { street: '3 Rampart Row', locality: 'Boston', region: 'MA', postalCode: '02110', country: 'United States' },
    zoneinfo: 'America/New_York',
    locale: 'en-US',
  },
  dave: {
    name: 'Dave Drummond',
    nickname: 'Davie',
    middleName: 'Duncan',
    groups: [],
    gender: 'male',
    birthdate: '0000-01-25',
    place: {
      street: '4 Castle Wynd',
      locality: 'Edinburgh',
      region: 'Scotland',
      postalCode: 'EH1 2NG',
      country: 'United Kingdom',
    },
    zoneinfo: 'Europe/London',
    locale: 'en-GB',
    disabled: true,
  },
};

/** The people of `dev`: every standard claim is filled, the password is the user name. They exist nowhere else. */
export const sampleAccounts: readonly AccountInput[] = Object.entries(people).map(([username, person], index) => {
  const { place } = person;
  const [givenName = '', familyName = ''] = person.name.split(' ');
  return {
    username,
    password: username,
    name: person.name,
    email: `${username}@example.test`,
    emailVerified: true,
    groups: person.groups,
    disabled: person.disabled ?? false,
    claims: {
      given_name: givenName,
      family_name: familyName,
      middle_name: person.middleName,
      nickname: person.nickname,
      profile: `https://people.example.test/${username}`,
      picture: `https://people.example.test/${username}.png`,
      website: `https://${username}.example.test/`,
      gender: person.gender,
      birthdate: person.birthdate,
      zoneinfo: person.zoneinfo,
      locale: person.locale,
      // Reserved for fiction: no one answers these numbers.
      phone_number: `+1 202 555 010${index}`,
      phone_number_verified: true,
      address: {
        formatted: `${place.street}\n${place.postalCode} ${place.locality}\n${place.country}`,
        street_address: place.street,
        locality: place.locality,
        region: place.region,
        postal_code: place.postalCode,
        country: place.country,
      },
    },
  };
});
