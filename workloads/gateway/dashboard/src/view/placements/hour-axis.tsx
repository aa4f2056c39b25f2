import { memo } from "../memo.tsx";

const dayHours = 24;
/** Hours between two labels: the fewest that leave room for each. */
const distances = [1, 2, 4, 6, 12] as const;
const labelWidth = 52;

const weekdays = new Intl.DateTimeFormat("en", { weekday: "short", day: "numeric" });
const labelOf = (atMs: number, days: boolean, hourWidth: number): string => {
  const at = new Date(atMs);
  const every = distances.find((hours) => hours * hourWidth >= labelWidth) ?? dayHours;
  if (days) return at.getHours() === 0 ? weekdays.format(at) : "";
  return at.getHours() % every === 0 ? `${String(at.getHours()).padStart(2, "0")}:00` : "";
};

/** The hours in the reader's own time zone: as many as there is room for, or where more than a day is shown every midnight. */
export const HourAxis = memo(({ hoursMs, hourWidth, left }: { hoursMs: readonly number[]; hourWidth: number; left: number }) => (
  <div class="hours" aria-hidden="true" style={{ width: `${left + hourWidth * hoursMs.length}px` }}>
    {hoursMs.map((atMs, index) => {
      const label = labelOf(atMs, hoursMs.length > dayHours, hourWidth);
      return label === "" ? null : (
        <span key={atMs} style={{ left: `${left + index * hourWidth}px` }}>
          {label}
        </span>
      );
    })}
  </div>
));
