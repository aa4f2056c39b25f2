import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { Answer } from "../live/http.ts";
import type { State } from "../live/state.ts";
import { clockTime } from "../text/format.ts";
import { Command } from "./command.tsx";
import { hubNow } from "./time.tsx";

export interface ActionProps<T> {
  /** What the button says: "Drain pi-2". */
  readonly verb: string;
  /** What the other button says once it is asked: "Keep it in service". */
  readonly keep: string;
  /** What will happen, said before. */
  readonly effect: string;
  readonly act: () => Promise<Answer<T>>;
  /** What happened, without the time and the full stop: "pi-2 drains". */
  readonly done: (value: T) => string;
  /** The same for the command line. */
  readonly command?: string;
  /** What must be typed first, where it cannot be undone. */
  readonly typed?: string;
  /** Why it cannot be done now, from `refusalOf`; null when it can. */
  readonly refusal: string | null;
  /** Called once it is done. */
  readonly after?: () => void;
}

type Step = { kind: "offered" } | { kind: "asked" } | { kind: "doing" } | { kind: "done"; good: boolean; text: string };

/** One action: says before what will happen, asks once, and says what happened. */
export const Action = <T,>({ verb, keep, effect, act, done, command, typed, refusal, after }: ActionProps<T>) => {
  const [step, go] = useState<Step>({ kind: "offered" });
  const confirm = useRef<HTMLButtonElement>(null);
  const name = useRef<HTMLInputElement>(null);
  const [given, give] = useState("");
  const label = useId();
  const asking = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (step.kind !== "asked") return;
    (name.current ?? confirm.current)?.focus();
    return onEscape(asking.current, () => go({ kind: "offered" }));
  }, [step.kind]);
  const doIt = async (): Promise<void> => {
    go({ kind: "doing" });
    const answer = await act();
    give("");
    go({
      kind: "done",
      good: answer.ok,
      text: answer.ok ? `${clockTime(hubNow())}: ${done(answer.value)}.` : `Nothing changed: ${answer.message}.`,
    });
    if (answer.ok) after?.();
  };
  return (
    <div class="action">
      <div class="ask" ref={asking}>
        {step.kind === "asked" && refusal === null ? (
          <>
            <span id={label}>
              {effect}
              {typed !== undefined && ` This cannot be undone: type ${typed} to go on.`}
            </span>
            {typed !== undefined && (
              <input
                ref={name}
                type="text"
                class="typed"
                aria-labelledby={label}
                autocomplete="off"
                spellcheck={false}
                value={given}
                onInput={(event) => give(event.currentTarget.value)}
                onKeyDown={(event) => event.key === "Enter" && given === typed && void doIt()}
              />
            )}
            <button
              type="button"
              class={typed === undefined ? "primary" : "danger"}
              disabled={typed !== undefined && given !== typed}
              onClick={doIt}
              ref={confirm}
            >
              {verb}
            </button>
            <button type="button" onClick={() => go({ kind: "offered" })}>
              {keep}
            </button>
          </>
        ) : (
          <button type="button" disabled={step.kind === "doing" || refusal !== null} onClick={() => go({ kind: "asked" })}>
            {step.kind === "doing" ? "Asking the hub" : `${verb} …`}
          </button>
        )}
        <span role="status" class={step.kind === "done" && !step.good ? "bad" : ""}>
          {refusal ?? (step.kind === "done" ? step.text : "")}
        </span>
      </div>
      {command !== undefined && <Command text={command} />}
    </div>
  );
};

/** Escape takes a question back, and nothing that lies around it hears the key. */
const onEscape = (element: HTMLElement | null, leave: () => void): (() => void) => {
  const onKey = (event: KeyboardEvent): void => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    leave();
  };
  element?.addEventListener("keydown", onKey);
  return () => element?.removeEventListener("keydown", onKey);
};

/** Why somebody may not act now; null when nothing is in the way. `role` is the least that the action needs. */
export const refusalOf = ({ principal, goneSinceMs }: Pick<State, "principal" | "goneSinceMs">, role: "admin" | "user" = "admin"): string | null => {
  if (goneSinceMs !== null) return "The hub does not answer; nothing can be changed now.";
  if (principal?.role === "admin" || (role === "user" && principal?.role === "user")) return null;
  return role === "admin"
    ? `Only an admin may do this; you are signed in as ${principal?.role ?? "nobody"}.`
    : `Only people may do this; you are signed in as ${principal?.role ?? "nobody"}.`;
};
