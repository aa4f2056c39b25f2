import type { TaskRecord } from "@fogline/contracts";
import type { Device, Line } from "../live/state.ts";
import { Mark, ofSeverity } from "./mark.tsx";
import { memo } from "./memo.tsx";
import { Time } from "./time.tsx";

interface EventsProps {
  readonly lines: readonly Line[];
  /** Changes when a task or a device that a line may name came. */
  readonly revision: string;
  readonly tasks: ReadonlyMap<string, TaskRecord>;
  readonly devices: ReadonlyMap<string, Device>;
  readonly showTask: (id: string) => void;
  readonly showDevice: (id: string) => void;
}

/** What happened, newest first. */
export const Events = memo(({ lines, tasks, devices, showTask, showDevice }: EventsProps) => (
  <section aria-labelledby="events">
    <h2 id="events">Events</h2>
    {lines.length === 0 ? (
      <p class="empty">Nothing has happened since the hub started.</p>
    ) : (
      <ol class="events" aria-labelledby="events">
        {lines.map((line) => (
          <EventLine
            key={line.cursor}
            line={line}
            name={tasks.get(line.subject)?.spec.command.join(" ") ?? line.subject}
            show={tasks.has(line.subject) ? showTask : devices.has(line.subject) ? showDevice : null}
          />
        ))}
      </ol>
    )}
  </section>
));

const severityWord = { info: "", warning: "warning: ", error: "error: " } as const;

interface EventLineProps {
  readonly line: Line;
  /** How people know the subject: a task by its command. */
  readonly name: string;
  /** Opens the subject, where the page shows it. */
  readonly show: ((id: string) => void) | null;
}

const EventLine = memo(({ line: { atMs, subject, message, severity }, name, show }: EventLineProps) => {
  const [before = "", ...after] = message.split(subject);
  return (
    <li class={severity}>
      <Time at={atMs} />
      <Mark meaning={ofSeverity[severity]} word="" />
      <span>
        <span class="hidden">{severityWord[severity]}</span>
        {show === null || after.length === 0 ? (
          message
        ) : (
          <>
            {before}
            <button type="button" class="link" title={subject} onClick={() => show(subject)}>
              {name}
            </button>
            {after.join(subject)}
          </>
        )}
      </span>
    </li>
  );
});
