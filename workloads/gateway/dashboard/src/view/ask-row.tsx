import type { ComponentChildren } from "preact";
import { refusedText, type Sent } from "./submission.ts";

interface AskRowProps<T> {
  /** What the button that sends the form says. */
  readonly verb: string;
  readonly sent: Sent<T>;
  /** Why nothing can be sent now; null when it can. */
  readonly refusal: string | null;
  readonly close: () => void;
  /** What the form makes, in a word. */
  readonly thing: string;
  /** Whether what is wrong stands at the fields. */
  readonly shownAtFields: boolean;
  /** What is said of what was made. */
  readonly made: (value: T) => ComponentChildren;
  /** Further buttons. */
  readonly children?: ComponentChildren;
}

/** The end of a form that makes something: what sends it, what closes it, and what became of it. */
export const AskRow = <T,>({ verb, sent, refusal, close, thing, shownAtFields, made, children }: AskRowProps<T>) => (
  <div class="ask">
    <button type="submit" class="primary" disabled={refusal !== null || sent.kind === "asking" || sent.kind === "made"}>
      {sent.kind === "asking" ? "Asking the hub" : verb}
    </button>
    <button type="button" onClick={close}>
      Close
    </button>
    {children}
    <span role="status" class={sent.kind === "refused" ? "bad" : ""}>
      {refusal ?? (sent.kind === "refused" ? refusedText(sent.refused, thing, shownAtFields) : sent.kind === "made" ? made(sent.value) : "")}
    </span>
  </div>
);
