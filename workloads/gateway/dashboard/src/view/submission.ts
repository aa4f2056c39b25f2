import { useRef, useState } from "preact/hooks";
import { ask, type Refused } from "../live/http.ts";
import { newKey } from "../text/key.ts";

export type Sent<T> =
  | { readonly kind: "not" }
  | { readonly kind: "asking" }
  | { readonly kind: "made"; readonly value: T }
  | { readonly kind: "refused"; readonly refused: Refused };

export interface Submission<T> {
  readonly sent: Sent<T>;
  readonly submit: (request: object) => Promise<void>;
  /** Begins a new one, with a new key. */
  readonly anew: () => void;
}

/**
 * Sends what a form makes. The key is made when the form opens, so a double click and a repetition after a lost answer make one thing; what was
 * changed after it was sent is another thing and gets another key.
 */
export const useSubmission = <T>(address: string): Submission<T> => {
  const key = useRef<{ of: string | null; key: string }>({ of: null, key: newKey() });
  const [sent, setSent] = useState<Sent<T>>({ kind: "not" });
  const submit = async (request: object): Promise<void> => {
    const text = JSON.stringify(request);
    if (key.current.of !== null && key.current.of !== text) key.current.key = newKey();
    key.current.of = text;
    setSent({ kind: "asking" });
    const answer = await ask<T>("POST", address, request, { idempotencyKey: key.current.key });
    setSent(answer.ok ? { kind: "made", value: answer.value } : { kind: "refused", refused: answer });
  };
  const anew = (): void => {
    key.current = { of: null, key: newKey() };
    setSent({ kind: "not" });
  };
  return { sent, submit, anew };
};

/** What became of it where it was not made, in a sentence; `thing` is what the form makes. */
export const refusedText = ({ status, message, fields }: Refused, thing: string, shownAtFields: boolean): string => {
  if (status === 0) return `No answer came, so it is not known whether the ${thing} was made. Submitting this form again makes one, never two.`;
  return shownAtFields && fields.length > 0 ? "Nothing was made: see above." : `Nothing was made: ${message}.`;
};
