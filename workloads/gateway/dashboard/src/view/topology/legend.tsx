import { powerModes } from "../../text/health.ts";
import { memo } from "../memo.tsx";
import { DeviceSquare } from "./device-square.tsx";

const fills = [
  ["good", "well"],
  ["attention", "look at it"],
  ["bad", "not working"],
  ["unknown", "not known"],
] as const;

const Sample = ({ meaning, powerMode = null }: { meaning: (typeof fills)[number][0]; powerMode?: (typeof powerModes)[number] | null }) => (
  <svg class="sample" width="20" height="20" viewBox="-3 -3 20 20" aria-hidden="true">
    <DeviceSquare
      id={`legend-${meaning}-${powerMode}`}
      x={0}
      y={0}
      size={14}
      {...{ meaning, powerMode }}
      label=""
      name={null}
      chosen={false}
      current={false}
    />
  </svg>
);

/** What fill and outline mean. */
export const Legend = memo(() => (
  <section class="legend" aria-label="Legend">
    <h2>Fill: health</h2>
    <ul>
      {fills.map(([meaning, word]) => (
        <li key={meaning}>
          <Sample meaning={meaning} /> {word}
        </li>
      ))}
    </ul>
    <h2>Outline: power mode</h2>
    <ul>
      {powerModes.map((powerMode) => (
        <li key={powerMode}>
          <Sample meaning="good" powerMode={powerMode} /> {powerMode}
        </li>
      ))}
    </ul>
  </section>
));
