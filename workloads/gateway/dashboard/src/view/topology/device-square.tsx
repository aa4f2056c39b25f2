import type { DeviceState } from "@fogline/contracts";
import type { JSX } from "preact";
import type { Meaning } from "../mark.tsx";
import { memo } from "../memo.tsx";

export interface DeviceSquareProps {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly size: number;
  readonly meaning: Meaning;
  readonly powerMode: DeviceState["powerMode"] | null;
  /** What is said of it to those who listen. */
  readonly label: string;
  /** Its name where there is room. */
  readonly name: string | null;
  readonly chosen: boolean;
  readonly current: boolean;
}

/** What a finger or a hurried hand may miss the square by. With a name below, that counts too. */
const reachBefore = 1.5;
const reachNamed = 100;
const reachBelow = 24;

/** Marks in a square of 12: what is not good is told by its shape too. */
const shapes: Readonly<Record<Meaning, JSX.Element | null>> = {
  good: null,
  busy: null,
  attention: <path class="sign" d="M6 2.5v4M6 8.6v.6" />,
  bad: <path class="sign" d="M3.4 3.4 8.6 8.6M8.6 3.4 3.4 8.6" />,
  unknown: <path class="sign" d="M4.6 4.6a1.5 1.5 0 1 1 2 1.6q-.6.3-.6 1M6 9v.3" />,
};

/** One device: its fill is its health, its outline its power mode. Nothing listens here; the drawing knows by the id what was meant. */
export const DeviceSquare = memo(({ id, x, y, size, meaning, powerMode, label, name, chosen, current }: DeviceSquareProps) => (
  <g
    id={`spot-${id}`}
    data-id={id}
    role="option"
    aria-label={label}
    aria-selected={chosen}
    class={`spot ${meaning} ${powerMode ?? ""} ${chosen ? "chosen" : ""} ${current ? "current" : ""}`}
    transform={`translate(${x} ${y})`}
  >
    <rect
      class="reach"
      x={-reachBefore}
      y={-reachBefore}
      width={name === null ? size + 2 * reachBefore : reachNamed}
      height={size + (name === null ? 2 * reachBefore : reachBelow)}
    />
    <rect class="fill" width={size} height={size} rx={size > 12 ? 3 : 2} />
    {shapes[meaning] !== null && <g transform={`scale(${size / 12})`}>{shapes[meaning]}</g>}
    {(chosen || current) && <rect class="ring" x={-3} y={-3} width={size + 6} height={size + 6} rx={5} />}
    {name !== null && (
      <text class="name" x={0} y={size + 16}>
        {name}
      </text>
    )}
  </g>
));
