/** Ways in which the promise can be broken. */
export const violationKinds = [
  'lost',
  'doubled',
  'wrong',
  'recording',
  'late',
  'workflow',
  'edit',
  'leak',
  'never-hit',
] as const;
export type ViolationKind = (typeof violationKinds)[number];

/** One broken promise. */
export interface Violation {
  kind: ViolationKind;
  /** Call id, workflow id, fault or place. */
  subject: string;
  detail: string;
}
