import type { NodeRecord } from "@fogline/contracts";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Device } from "../../live/state.ts";
import { deviceAddress, type PageProps } from "../../route.ts";
import { byName } from "../../text/format.ts";
import { wordsOfDevice } from "../../text/searched.ts";
import { topologyAnswer } from "../../text/topology-answer.ts";
import { Answer } from "../answer.tsx";
import { NoDevices } from "../no-devices.tsx";
import { Drawing } from "./drawing.tsx";
import { layoutOf, tiers } from "./layout.ts";
import { Legend } from "./legend.tsx";
import { List } from "./list.tsx";
import { Chosen, NotWell } from "./panel.tsx";
import "../../style/topology.css";

/** Where in the five tiers every device is, and how. */
export const Page = ({ store, open, find, go }: PageProps) => {
  const { state } = store;
  const { devices, revisions, tasks } = state;
  const site = open.site !== undefined && [...devices.values()].some(({ node }) => node.site === open.site) ? open.site : null;
  const nodes = useMemo(() => inOrder(devices, site), [revisions.members, devices, site]).flatMap((id) => devices.get(id)?.node ?? []);
  const { frame, width, heightMax } = useRoom();
  const layout = useMemo(() => layoutOf(nodes, width, heightMax), [revisions.members, devices, site, width, heightMax]);
  const chosen = open.device === undefined ? undefined : devices.get(open.device);
  const running = useMemo(
    () => [...tasks.values()].filter(({ node, status }) => node === chosen?.node.id && (status === "running" || status === "assigned")).length,
    [revisions.tasks, chosen?.node.id],
  );
  const choose = (id: string | null): void => go.open("device", id);
  useEscape(site !== null, () => go.open("site", null));
  return (
    <>
      <Answer store={store} sentence={() => topologyAnswer(nodes, site)} />
      {devices.size === 0 ? (
        <NoDevices />
      ) : (
        <div class="topology">
          <div class="frame" ref={frame}>
            {site !== null && (
              <p class="alone">
                Only {site} is shown.{" "}
                <button type="button" class="link" onClick={() => go.open("site", null)}>
                  All sites
                </button>
              </p>
            )}
            {width > 0 && (
              <Drawing
                {...{ layout, devices, site, choose }}
                chosen={chosen?.node.id ?? null}
                found={(node) => find === "" || wordsOfDevice(node).includes(find)}
                visit={(id) => go.to(deviceAddress(id))}
                showSite={(name) => go.open("site", name === site ? null : name)}
              />
            )}
          </div>
          <aside aria-label="Beside the drawing">
            {chosen === undefined ? (
              <NotWell nodes={nodes} revision={revisions.devices} choose={choose} />
            ) : (
              <Chosen
                device={chosen}
                tasks={running}
                alone={site !== null}
                showAlone={() => go.open("site", chosen.node.site)}
                close={() => choose(null)}
              />
            )}
            <Legend />
          </aside>
        </div>
      )}
      {devices.size > 0 && <List nodes={nodes} />}
    </>
  );
};

/** By tier, then by site, then by name. */
const inOrder = (devices: ReadonlyMap<string, Device>, site: string | null): readonly string[] => {
  const rank = (node: NodeRecord): number => tiers.indexOf(node.tier);
  return [...devices.values()]
    .flatMap(({ node }) => (site === null || node.site === site ? node : []))
    .sort((a, b) => rank(a) - rank(b) || byName(a.site, b.site) || byName(a.id, b.id))
    .map(({ id }) => id);
};

/** Below the drawing stays this much, so that what follows it shows. */
const marginBelow = 72;
const heightMin = 360;

/** How much room the drawing has: all of the width, and the height that is left of the screen. */
const useRoom = () => {
  const frame = useRef<HTMLDivElement>(null);
  const [room, setRoom] = useState({ width: 0, heightMax: 0 });
  // Before anything is painted, so that nothing moves when the drawing comes.
  useLayoutEffect(() => {
    const { current } = frame;
    if (current === null) return;
    const measure = (): void => {
      const { left, top, width } = current.getBoundingClientRect();
      if (left < 0) return;
      setRoom((before) => {
        const next = { width: Math.floor(width), heightMax: Math.max(heightMin, innerHeight - Math.floor(top + scrollY) - marginBelow) };
        return next.width === before.width && next.heightMax === before.heightMax ? before : next;
      });
    };
    measure();
    const watcher = new ResizeObserver(measure);
    watcher.observe(current);
    addEventListener("resize", measure);
    return () => {
      watcher.disconnect();
      removeEventListener("resize", measure);
    };
  }, []);
  return { frame, ...room };
};

const useEscape = (wanted: boolean, leave: () => void): void => {
  useEffect(() => {
    if (!wanted) return;
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === "Escape" && !event.defaultPrevented) leave();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [wanted]);
};
