/**
 * Why a rule said no, naming both sides. A rule returns `undefined` when it has nothing against the case.
 * `facts` are the numbers behind the sentence, with units in their names, for `--json` and the dashboard.
 */
export interface Refusal<Rule extends string = string> {
  readonly rule: Rule;
  readonly message: string;
  readonly facts: Readonly<Record<string, string | number | boolean | null>>;
}

/** Builds a {@link Refusal}. */
export const refusal = <Rule extends string>(rule: Rule, message: string, facts: Refusal["facts"] = {}): Refusal<Rule> => ({ rule, message, facts });
