import type { Store } from "../../live/state.ts";
import { byName, counted } from "../../text/format.ts";
import { Answer } from "../answer.tsx";

const similarMax = 5;

/** A link to a device that left, or whose name was mistyped. */
export const NoDevice = ({ id, store }: { id: string; store: Store }) => {
  const { devices } = store.state;
  const stem = id.replace(/[-\d]+$/, "");
  const similar = [...devices.keys()].filter((name) => stem !== "" && name.startsWith(stem)).sort(byName);
  return (
    <>
      <Answer store={store} sentence={() => `There is no device ${id}`} />
      <div class="empty">
        <p>
          It may have left the fleet, or its name is another. The <a href="/">overview</a> lists {counted(devices.size, "device")};{" "}
          <a href={`/enrol#slot=${encodeURIComponent(id)}`}>enrol</a> makes a new one.
        </p>
        {similar.length > 0 && (
          <ul class="plain">
            {similar.slice(0, similarMax).map((name) => (
              <li key={name}>
                <a href={`/devices/${encodeURIComponent(name)}`}>{name}</a>
              </li>
            ))}
          </ul>
        )}
      </div>
    </>
  );
};
