import { useMemo } from "preact/hooks";
import type { Line } from "../../live/state.ts";
import type { Go, PageProps } from "../../route.ts";
import { byDay, type EventFilter, eventsAnswer, fits, named, severities } from "../../text/events.ts";
import { clockTime, counted, exactTime } from "../../text/format.ts";
import { nameOfTask } from "../../text/task.ts";
import { Answer } from "../answer.tsx";
import { Columns } from "../columns.tsx";
import { Filter, TextField } from "../form.tsx";
import { Mark, ofSeverity } from "../mark.tsx";
import { memo } from "../memo.tsx";
import { Time } from "../time.tsx";
import "../../style/list.css";
import "../../style/events.css";

/** What happened, newest first, as it happens. */
export const Page = ({ store, open, find, go }: PageProps) => {
  const { state } = store;
  const filter: EventFilter = { least: severities.find((one) => one === open.severity) ?? "info", about: open.about ?? "", find };
  const lines = useMemo(() => state.lines.map((line) => named(line, nameOf(line, state))), [state.lines, state.revisions.tasks]);
  const shown = useMemo(() => lines.filter((line) => fits(line, filter)), [lines, filter.least, filter.about, find]);
  const subjects = useMemo(() => [...new Set(lines.map(({ subject }) => subject))], [lines]);
  return (
    <>
      <Answer store={store} sentence={(nowMs) => eventsAnswer(lines, nowMs)} />
      <section aria-labelledby="events">
        <div class="over">
          <h2 id="events">
            Events <span class="quiet">{shown.length === lines.length ? "" : `${shown.length} of ${lines.length} shown`}</span>
          </h2>
          <Filter
            label="Severity"
            value={filter.least}
            change={(least) => go.open("severity", least === "info" ? null : least)}
            choices={[
              { value: "info", text: "all" },
              { value: "warning", text: "warnings and errors" },
              { value: "error", text: "errors" },
            ]}
          />
          <div class="filters">
            <TextField
              label="About"
              value={filter.about}
              change={(about) => go.open("about", about === "" ? null : about)}
              offers={subjects}
              placeholder="anything"
            />
          </div>
        </div>
        {shown.length === 0 ? (
          <Nothing some={lines.length > 0} go={go} />
        ) : (
          <Happenings
            lines={shown}
            know={state.revisions.members + state.revisions.tasks}
            about={(line) => ({ name: nameOf(line, state), link: linkOf(line, state) })}
          />
        )}
        {lines.length > 0 && (
          <p class="quiet">The newest {counted(lines.length, "event")} that the hub remembers. Who changed what is kept in the audit for good.</p>
        )}
      </section>
    </>
  );
};

const Nothing = ({ some, go }: { some: boolean; go: Go }) =>
  some ? (
    <div class="empty">
      <p>No event is like that.</p>
      <button
        type="button"
        onClick={() => {
          go.open("severity", null);
          go.open("about", null);
          go.find("");
        }}
      >
        Show all events
      </button>
    </div>
  ) : (
    <p class="empty">What devices, tasks, deployments and the repository do appears here as it happens.</p>
  );

const nameOf = ({ subject }: Line, { tasks }: PageProps["store"]["state"]): string => {
  const task = tasks.get(subject);
  return task === undefined ? subject : nameOfTask(task);
};

interface About {
  readonly name: string;
  readonly link: string | null;
}

/** Where the thing is that an event is about; null when it is on no page. */
const linkOf = ({ name, subject }: Line, { devices, tasks }: PageProps["store"]["state"]): string | null => {
  const id = encodeURIComponent(subject);
  if (name === "nodes.changed") return devices.has(subject) ? `/devices/${id}` : null;
  if (name === "tasks.changed") return tasks.has(subject) ? `/tasks/${id}` : null;
  if (name === "deployments.changed") return `/deployments#find=${id}`;
  return name === "gitops.changed" ? "/gitops" : null;
};

interface HappeningsProps {
  readonly lines: readonly Line[];
  /** Changes when a thing that an event may be about came or went. */
  readonly know: number;
  readonly about: (line: Line) => About;
}

const columns = ["Time", "Severity", "About", "What happened", { title: "Age", number: true }] as const;
const dayOf = (atMs: number): string => exactTime(atMs).slice(0, 10);
const words = { info: "info", warning: "warning", error: "error" } as const;

const Happenings = memo(({ lines, about }: HappeningsProps) => (
  <table class="list happenings">
    <Columns columns={columns} />
    {byDay(lines, dayOf).map(([day, events]) => (
      <tbody key={day}>
        <tr class="day">
          <th scope="rowgroup" colSpan={columns.length}>
            {day}
          </th>
        </tr>
        {events.map((line) => (
          <Happening key={line.cursor} line={line} {...about(line)} />
        ))}
      </tbody>
    ))}
  </table>
));

const Happening = memo(({ line: { atMs, severity, subject, message }, name, link }: { line: Line } & About) => (
  <tr class={`row still ${severity}`}>
    <td class="beside bare" data-label="Time">
      <time dateTime={new Date(atMs).toISOString()} title={exactTime(atMs)}>
        {clockTime(atMs)}
      </time>
    </td>
    <td data-label="Status">
      <Mark meaning={ofSeverity[severity]} word={words[severity]} />
    </td>
    <td class="cut full bare" data-label="About" title={subject}>
      {link === null ? name : <a href={link}>{name}</a>}
    </td>
    <td class="wrap full bare" data-label="What happened">
      {message}
    </td>
    <td class="number full bare ago" data-label="Age">
      <Time at={atMs} as="for" />
    </td>
  </tr>
));
