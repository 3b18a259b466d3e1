import type { CallFacts } from './call-facts';
import type { ResolvedExtension } from './call-steps';
import type { Rules } from './connection';

export type Resolutions = Readonly<Record<string, ResolvedExtension>>;

/** Persons are those with a user and those whom nobody mapped yet; queues, IVRs and ignored extensions are not. */
export function isPerson(extension: string, resolutions: Resolutions): boolean {
  const kind = resolutions[extension]?.kind;
  return kind === 'person' || kind === 'unmapped';
}

/** Every extension that the facts name, so that its meaning can be looked up. */
export function namedExtensions(facts: CallFacts): string[] {
  const named = [
    ...facts.talked,
    ...facts.rang,
    ...facts.endExtensions,
    ...(facts.dialledBy === null ? [] : [facts.dialledBy]),
  ];
  return [...new Set(named)];
}

/**
 * Persons who talked, last one last. An extension that the end names belongs here when the call was answered and it did
 * not hand the call on before.
 */
export function personsWhoTalked(facts: CallFacts, resolutions: Resolutions): string[] {
  const talked = facts.talked.filter((extension) => isPerson(extension, resolutions));
  if (talked.length === 0 && !endSaysTalk(facts)) return talked;
  const untold = (extensions: string[]): string[] =>
    extensions.filter((extension) => isPerson(extension, resolutions) && !facts.talked.includes(extension));
  return [...untold(facts.talkedAtEnd.slice(0, -1)), ...talked, ...untold(facts.talkedAtEnd.slice(-1))];
}

/** Whose call it is: who talked last, else who was registered, else who rang first, else whom the end names, else who dialled. */
export function ownerExtension(
  facts: CallFacts,
  resolutions: Resolutions,
  registered: string | null,
): string | null {
  const persons = (extensions: string[]): string[] =>
    extensions.filter((extension) => isPerson(extension, resolutions));
  return (
    personsWhoTalked(facts, resolutions).at(-1) ??
    registered ??
    persons(facts.rang)[0] ??
    persons([...facts.endExtensions, ...(facts.dialledBy === null ? [] : [facts.dialledBy])])[0] ??
    null
  );
}

/**
 * The person to register the live call for now, or null while there is nobody yet. `ring` registers at the first ring
 * or answer, `answer` and `never` at the answer.
 */
export function personToRegister(
  facts: CallFacts,
  resolutions: Resolutions,
  showCard: Rules['showCard'],
): string | null {
  const talking = facts.talked.filter((extension) => isPerson(extension, resolutions)).at(-1);
  if (talking !== undefined) return talking;
  if (showCard !== 'ring') return null;
  return facts.rang.find((extension) => isPerson(extension, resolutions)) ?? null;
}

/** Extensions whose phones should show the card at this moment of a live, registered call. */
export function extensionsWithCard(
  facts: CallFacts,
  resolutions: Resolutions,
  showCard: Rules['showCard'],
): string[] {
  if (showCard === 'never') return [];
  const talking = facts.talked.filter((extension) => isPerson(extension, resolutions)).at(-1);
  if (talking !== undefined) return [talking];
  return showCard === 'ring' ? facts.rang.filter((extension) => isPerson(extension, resolutions)) : [];
}

/**
 * Whether waiting longer could still change what is written at the end. The end must have named who had the call;
 * otherwise a transfer that is still on its way would be missed.
 */
export function isComplete(facts: CallFacts): boolean {
  return (
    facts.direction !== null &&
    facts.callerNumber !== null &&
    facts.startedAt !== null &&
    facts.endExtension !== null &&
    (facts.talked.length === 0 || facts.talked.at(-1) === facts.endExtension) &&
    (facts.direction !== 'inbound' || facts.did !== null) &&
    (facts.durationSeconds !== null ||
      (facts.status !== null && facts.status !== 'answered' && facts.status !== '200'))
  );
}

/**
 * Whether all that was told so far is that nobody took the call: an answer, the end of another leg, or who rang first may be
 * told behind it.
 */
export function isUnanswered(facts: CallFacts): boolean {
  return facts.talked.length === 0 && !facts.forwarded && !endSaysTalk(facts);
}

function endSaysTalk({ status, durationSeconds }: CallFacts): boolean {
  return status === 'answered' || status === '200' || (durationSeconds ?? 0) > 0;
}
