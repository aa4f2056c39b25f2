import type { NodeRecord } from "@fogline/contracts";
import { useMemo } from "preact/hooks";
import type { Device } from "../../live/state.ts";
import { deviceAddress } from "../../route.ts";
import { byName, gibText, nothing, statusWord, wholeText } from "../../text/format.ts";
import { healthOf, isWell, powerMeaning } from "../../text/health.ts";
import { Fact } from "../fact.tsx";
import { Mark } from "../mark.tsx";
import { Spark } from "../spark.tsx";
import { Time } from "../time.tsx";

interface ChosenProps {
  readonly device: Device;
  readonly tasks: number;
  /** Whether only its site is shown. */
  readonly alone: boolean;
  readonly showAlone: () => void;
  readonly close: () => void;
}

/** The device that is chosen, beside the drawing. */
export const Chosen = ({ device: { node, samples }, tasks, alone, showAlone, close }: ChosenProps) => {
  const { meaning, reason, next, word } = healthOf(node);
  const { state, capabilities } = node;
  return (
    <section class="chosen" aria-labelledby="chosen">
      <div class="head">
        <h2 id="chosen">{node.id}</h2>
        <button type="button" class="quiet" onClick={close} aria-label={`Close ${node.id}`}>
          close
        </button>
      </div>
      <p>
        <Mark meaning={meaning} word={word === "online" ? statusWord(node) : word} /> <span class="quiet">for</span>{" "}
        <Time at={node.statusSinceMs} as="for" />
      </p>
      <p class="reason">{reason}</p>
      {next !== null && <p class="quiet">{next}</p>}
      <dl>
        <Fact name="CPU">
          {state === null ? nothing : `${wholeText(state.cpuPercent)} %`} <Spark samples={samples} quantity="cpuPercent" low={0} high={100} />
        </Fact>
        <Fact name="Memory">
          {state === null || capabilities === null
            ? nothing
            : `${gibText(capabilities.memoryBytes - state.memoryAvailableBytes)} of ${gibText(capabilities.memoryBytes)} GiB`}
        </Fact>
        <Fact name="Temperature">
          {state?.temperatureCelsius == null ? nothing : `${wholeText(state.temperatureCelsius)} °C`}{" "}
          <Spark samples={samples} quantity="temperatureCelsius" low={20} high={100} />
        </Fact>
        <Fact name="Tasks">{tasks}</Fact>
        <Fact name="Power mode">{state === null ? nothing : `${state.powerMode}: ${powerMeaning[state.powerMode]}`}</Fact>
        <Fact name="Place">{[node.site, node.tier, node.cluster].filter((part) => part !== null).join(" · ")}</Fact>
        <Fact name="Hardware">{node.hardware}</Fact>
      </dl>
      <p>
        <a href={deviceAddress(node.id)}>Everything about {node.id}</a>
      </p>
      {!alone && (
        <p>
          <button type="button" class="link" onClick={showAlone}>
            Only {node.site}
          </button>
        </p>
      )}
    </section>
  );
};

/** Of those who are not well are shown at most. */
const shownMax = 12;
const rank = { bad: 0, attention: 1, unknown: 2, busy: 3, good: 4 } as const;

/** Without a choice: the devices that a person must look at, the worst first. */
export const NotWell = ({ nodes, revision, choose }: { nodes: readonly NodeRecord[]; revision: number; choose: (id: string) => void }) => {
  const unwell = useMemo(
    () =>
      nodes
        .map((node) => ({ node, health: healthOf(node) }))
        .filter(({ health }) => !isWell(health))
        .sort((a, b) => rank[a.health.meaning] - rank[b.health.meaning] || byName(a.node.id, b.node.id)),
    [revision, nodes.length],
  );
  return (
    <section aria-labelledby="unwell">
      <h2 id="unwell">
        Not well <span class="quiet">{unwell.length === 0 ? "" : unwell.length}</span>
      </h2>
      {unwell.length === 0 ? (
        <p class="quiet">Every device is as it should be.</p>
      ) : (
        <ul class="unwell">
          {unwell.slice(0, shownMax).map(({ node, health }) => (
            <li key={node.id}>
              <button type="button" class="link" onClick={() => choose(node.id)}>
                {node.id}
              </button>
              <Mark meaning={health.meaning} word={health.word} />
            </li>
          ))}
        </ul>
      )}
      {unwell.length > shownMax && <p class="quiet">and {unwell.length - shownMax} more</p>}
    </section>
  );
};
