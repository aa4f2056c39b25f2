import type { Activity, NodeStatus, TaskStatus } from "@fogline/contracts";
import type { ComponentChildren, JSX } from "preact";

/** What a colour means. Each has its own shape too, so that nothing is said by colour alone. */
export type Meaning = "good" | "attention" | "bad" | "unknown" | "busy";

const shapes: Readonly<Record<Meaning, JSX.Element>> = {
  good: <circle cx="6" cy="6" r="4" />,
  attention: <path d="M6 1.5 11 10.5H1z" />,
  bad: <path d="M2.5 2.5 9.5 9.5M9.5 2.5 2.5 9.5" class="stroke" />,
  unknown: <circle cx="6" cy="6" r="3.5" class="stroke" />,
  busy: <path d="M3 1.5 10.5 6 3 10.5z" />,
};

export const Mark = ({ meaning, word, children }: { meaning: Meaning; word: string; children?: ComponentChildren }) => (
  <span class={`mark ${meaning}`}>
    <svg viewBox="0 0 12 12" aria-hidden="true">
      {shapes[meaning]}
    </svg>
    {word}
    {children}
  </span>
);

export const ofNode: Readonly<Record<NodeStatus, Meaning>> = { online: "good", suspect: "attention", offline: "bad", "never-seen": "unknown" };

export const ofTask: Readonly<Record<TaskStatus, Meaning>> = {
  queued: "unknown",
  assigned: "busy",
  running: "busy",
  succeeded: "good",
  failed: "bad",
  cancelled: "unknown",
  unknown: "attention",
};

export const ofSeverity: Readonly<Record<Activity["severity"], Meaning>> = { info: "unknown", warning: "attention", error: "bad" };
