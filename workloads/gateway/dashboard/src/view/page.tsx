import type { TaskRecord } from "@fogline/contracts";
import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import { type Place, readPlace, writePlace } from "../live/address.ts";
import type { Hub } from "../live/hub.ts";
import type { State, Store } from "../live/state.ts";
import { answerOf } from "../text/answer.ts";
import { durationText } from "../text/format.ts";
import { Devices } from "./devices.tsx";
import { Events } from "./events.tsx";
import { Mark } from "./mark.tsx";
import { Revision } from "./revision.tsx";
import { Search } from "./search.tsx";
import { Instead } from "./states.tsx";
import { Tasks } from "./tasks.tsx";
import { setSkew, useClock } from "./time.tsx";

/** The whole page over one store. */
export const Page = ({ store, hub }: { store: Store; hub: Hub }) => {
  const [, redraw] = useState(0);
  useEffect(() => store.subscribe(() => redraw((count) => count + 1)), [store]);
  setSkew(store.skewMs);
  const { place, go } = usePlace();
  const { state } = store;
  const live = state.phase === "live";
  const gone = state.goneSinceMs !== null;
  useReveal(live, place);
  const runningOn = useMemo(() => executionsByDevice(state.tasks), [state.revisions.tasks]);
  const toggleDevice = useCallback((id: string) => go(({ device }) => ({ device: device === id ? null : id })), []);
  const toggleTask = useCallback((id: string) => go(({ task }) => ({ task: task === id ? null : id })), []);
  const showDevice = useCallback((id: string) => reveal(`device-${id}`, () => go(() => ({ device: id, find: "" }))), []);
  const showTask = useCallback((id: string) => reveal(`task-${id}`, () => go(() => ({ task: id, find: "" }))), []);
  const find = place.find.trim().toLowerCase();
  return (
    <>
      <header>
        <a class="brand" href="/" aria-label="Fogline, overview">
          <img src="/favicon.svg" alt="" width="20" height="20" /> <span>Fogline</span>
        </a>
        {live && <Search value={place.find} change={(value) => go(() => ({ find: value }))} />}
        {live && <span class="link-state">{gone ? <Mark meaning="bad" word="hub gone" /> : <Mark meaning="good" word="live" />}</span>}
      </header>
      <main class={gone ? "gone" : ""}>
        {live ? <Answer state={state} revision={state.revisions.devices} /> : <Instead {...state} />}
        {live && (
          <>
            <Revision gitops={state.gitops} />
            <Devices
              {...{
                devices: state.devices,
                revision: state.revisions.devices,
                members: state.revisions.members,
                runningOn,
                find,
                hub,
                showTask,
                principal: state.principal,
              }}
              open={place.device}
              reachable={!gone}
              toggle={toggleDevice}
            />
            <div class="below">
              <Tasks {...{ tasks: state.tasks, revision: state.revisions.tasks, find, showDevice }} open={place.task} toggle={toggleTask} />
              <Events
                lines={state.lines}
                revision={`${state.revisions.tasks}.${state.revisions.members}`}
                tasks={state.tasks}
                devices={state.devices}
                {...{ showTask, showDevice }}
              />
            </div>
          </>
        )}
      </main>
    </>
  );
};

/** The answer that the page gives, and the same without times for those who listen: it is spoken only when something happened. */
const Answer = ({ state }: { state: State; revision: number }) => {
  const nodes = [...state.devices.values()].map(({ node }) => node);
  const since = state.goneSinceMs;
  const gone = (nowMs: number | undefined) =>
    `No news${nowMs === undefined || since === null ? "" : ` for ${durationText(nowMs - since)}`}: ${state.problem ?? "the hub does not answer"}. Below is what it said last; this page continues by itself.`;
  const sentence = (nowMs?: number) => (since === null ? answerOf(nodes, nowMs) : gone(nowMs));
  const text = useClock(sentence);
  return (
    <div class="answer">
      <h1 id="answer">{text}</h1>
      <div class="hidden" role="status" aria-live="polite">
        {sentence()}
      </div>
    </div>
  );
};

/** What is open and searched for, in the address and here. */
const usePlace = () => {
  const [place, setPlace] = useState<Place>(readPlace);
  useEffect(() => {
    const read = (): void => setPlace(readPlace());
    addEventListener("hashchange", read);
    return () => removeEventListener("hashchange", read);
  }, []);
  const go = useCallback((change: (place: Place) => Partial<Place>) => {
    const before = readPlace();
    const next = { ...before, ...change(before) };
    writePlace(next);
    setPlace(next);
  }, []);
  return { place, go };
};

/** Brings what a shared link opens into view, once, when there is something to see. */
const useReveal = (live: boolean, { device, task }: Place): void => {
  const done = useRef(false);
  useEffect(() => {
    if (!live || done.current) return;
    done.current = true;
    const id = task !== null ? `task-${task}` : `device-${device}`;
    document.getElementById(id)?.scrollIntoView({ block: "nearest" });
  });
};

/** Opens something and moves the focus there. */
const reveal = (id: string, open: () => void): void => {
  open();
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      const row = document.getElementById(id);
      row?.scrollIntoView({ block: "nearest" });
      row?.querySelector("button")?.focus({ preventScroll: true });
    }),
  );
};

/** What is assigned or runs, by device. */
const executionsByDevice = (tasks: ReadonlyMap<string, TaskRecord>): ReadonlyMap<string, readonly string[]> => {
  const executions = new Map<string, string[]>();
  for (const { node, status, executionId } of tasks.values()) {
    if (node === null || executionId === null || (status !== "running" && status !== "assigned")) continue;
    const there = executions.get(node);
    if (there === undefined) executions.set(node, [executionId]);
    else there.push(executionId);
  }
  return executions;
};
