import type { DeviceState, NodeRecord } from "@fogline/contracts";
import type { ComponentChildren } from "preact";
import type { Device } from "../../live/state.ts";
import { gibText, nothing, statusWord, wholeText } from "../../text/format.ts";
import { Mark, type Meaning, ofNode } from "../mark.tsx";
import { memo } from "../memo.tsx";
import { Spark } from "../spark.tsx";
import { Time } from "../time.tsx";

/** Titles of the columns, with the units of their numbers. */
export const deviceColumns = [
  "Device",
  "Status",
  { title: "CPU", unit: "%", number: true },
  { title: "Memory", unit: "GiB", number: true },
  { title: "Temperature", unit: "°C", number: true },
  { title: "Battery", unit: "%", number: true },
  "Power mode",
  { title: "Tasks", number: true },
  { title: "For", number: true },
] as const;

export interface DeviceRowProps {
  readonly device: Device;
  readonly tasks: number;
  readonly open: boolean;
  readonly current: boolean;
  readonly toggle: (id: string) => void;
  readonly focused: (id: string) => void;
}

const heatMeaning = { normal: null, unknown: null, warm: "attention", hot: "bad", critical: "bad" } as const;
const powerClass = { critical: "bad", "power-save": "attention", balanced: "", performance: "" } as const;
const batteryLowPercent = 20;

export const DeviceRow = memo(({ device, tasks, open, current, toggle, focused }: DeviceRowProps) => {
  const { node, samples } = device;
  const { id, status, state } = node;
  const stale = status !== "online";
  return (
    <tr class={`row ${stale ? "stale" : ""} ${open ? "opened" : ""}`} id={`device-${id}`} onClick={() => toggle(id)}>
      <th scope="row">
        <button
          type="button"
          class="open"
          aria-expanded={open}
          aria-controls={open ? `detail-${id}` : undefined}
          tabIndex={current ? 0 : -1}
          onFocus={() => focused(id)}
        >
          {id}
        </button>
      </th>
      <td data-label="Status">
        <Mark meaning={node.draining && status === "online" ? "attention" : ofNode[status]} word={statusWord(node)} />
      </td>
      <td class="number" data-label="CPU %">
        <Spark samples={samples} quantity="cpuPercent" low={0} high={100} />
        <span class="value">{state === null ? nothing : wholeText(state.cpuPercent)}</span>
      </td>
      <td class="number" data-label="Memory GiB">
        <Memory node={node} />
      </td>
      <Reading label="Temperature °C" value={state?.temperatureCelsius ?? null} warning={stale ? null : heatOf(state)}>
        <Spark samples={samples} quantity="temperatureCelsius" low={20} high={100} />
      </Reading>
      <Reading
        label="Battery %"
        value={state?.batteryPercent ?? null}
        warning={stale ? null : chargeOf(state)}
        sign={state?.charging === true && state.batteryPercent !== null ? <Bolt /> : null}
      />
      <td class={state === null || stale ? "" : powerClass[state.powerMode]} data-label="Power mode">
        {state?.powerMode ?? nothing}
      </td>
      <td class="number" data-label="Tasks">
        {tasks}
      </td>
      <td class="number" data-label="For">
        <Time at={node.statusSinceMs} as="for" />
      </td>
    </tr>
  );
});

type Warning = { readonly meaning: Meaning; readonly word: string } | null;

const heatOf = (state: DeviceState | null): Warning => {
  const meaning = heatMeaning[state?.thermalState ?? "unknown"];
  return meaning === null ? null : { meaning, word: state?.thermalState ?? "" };
};

const chargeOf = (state: DeviceState | null): Warning =>
  state?.charging !== true && (state?.batteryPercent ?? 100) < batteryLowPercent ? { meaning: "attention", word: "low" } : null;

interface ReadingProps {
  readonly label: string;
  readonly value: number | null;
  readonly warning: Warning;
  /** Stands before the number when there is no warning. */
  readonly sign?: ComponentChildren;
  readonly children?: ComponentChildren;
}

/** A number; where it is not well its colour, a shape and, for those who listen, a word say so. */
const Reading = ({ label, value, warning, sign = null, children }: ReadingProps) => (
  <td class={`number ${warning?.meaning ?? ""}`} data-label={label} title={warning?.word}>
    {children}
    <span class="slot">
      {warning === null ? (
        sign
      ) : (
        <Mark meaning={warning.meaning} word="">
          <span class="hidden">{warning.word}</span>
        </Mark>
      )}
    </span>
    <span class="value">{wholeText(value)}</span>
  </td>
);

const Memory = ({ node: { capabilities, state } }: { node: NodeRecord }) => {
  if (capabilities === null || state === null) return <>{nothing}</>;
  const used = Math.max(0, capabilities.memoryBytes - state.memoryAvailableBytes);
  return (
    <>
      {gibText(used)}
      <span class="of"> / {gibText(capabilities.memoryBytes)}</span>
    </>
  );
};

const Bolt = () => (
  <svg class="bolt" viewBox="0 0 12 12" role="img" aria-label="charging">
    <title>charging</title>
    <path d="M7 .8 2.2 7h3L4.6 11.2 9.8 5H6.6z" />
  </svg>
);
