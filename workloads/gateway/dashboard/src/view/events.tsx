import type { Line } from "../live/state.ts";
import { Mark, ofSeverity } from "./mark.tsx";
import { memo } from "./memo.tsx";
import { Time } from "./time.tsx";

const severityWord = { info: "", warning: "warning", error: "error" } as const;

/** What happened, newest first. */
export const Events = memo(({ lines }: { lines: readonly Line[] }) => (
  <section aria-labelledby="events">
    <h2 id="events">Events</h2>
    {lines.length === 0 ? (
      <p class="empty">Nothing has happened since the hub started.</p>
    ) : (
      <ol class="events" aria-labelledby="events">
        {lines.map((line) => (
          <EventLine key={line.cursor} line={line} />
        ))}
      </ol>
    )}
  </section>
));

const EventLine = memo(({ line: { atMs, message, severity } }: { line: Line }) => (
  <li class={severity}>
    <Time at={atMs} />
    <Mark meaning={ofSeverity[severity]} word="" />
    <span>
      {severityWord[severity] !== "" && <span class="hidden">{severityWord[severity]}: </span>}
      {message}
    </span>
  </li>
));
