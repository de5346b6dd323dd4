/** What the rehearsals room says of itself, for commands that need no database. */
export {
  coolDownSeconds,
  isVariant,
  type Rehearsal,
  type Step,
  type VariantName,
  type Verdict,
  variantNames,
  variants,
} from '../domain/rehearsals/rehearsals.ts';
