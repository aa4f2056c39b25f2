import { useMemo, useState } from "preact/hooks";
import type { Hub } from "../../live/hub.ts";
import type { Device } from "../../live/state.ts";
import { byName, counted } from "../../text/format.ts";
import { wordsOfDevice } from "../../text/searched.ts";
import { Columns } from "../columns.tsx";
import { Found } from "../found.tsx";
import { memo } from "../memo.tsx";
import { NoDevices } from "../no-devices.tsx";
import { moveInRows } from "../rows.ts";
import { DeviceDetail } from "./device-detail.tsx";
import { DeviceRow, deviceColumns } from "./device-row.tsx";

export interface DevicesProps {
  readonly devices: ReadonlyMap<string, Device>;
  /** The map is changed in place; this says when. */
  readonly revision: number;
  /** When devices came, went or moved: only then they are sorted. */
  readonly members: number;
  readonly runningOn: ReadonlyMap<string, readonly string[]>;
  readonly find: string;
  readonly open: string | null;
  /** Why nothing can be changed now. */
  readonly refusal: string | null;
  readonly hub: Hub;
  readonly toggle: (id: string) => void;
  readonly showTask: (id: string) => void;
}

/** The devices by site. Rows keep their order: by site, then by name. */
export const Devices = memo(({ devices, members, runningOn, find, open, refusal, hub, toggle, showTask }: DevicesProps) => {
  const [last, setLast] = useState<string | null>(null);
  const order = useMemo(() => [...devices.values()].sort(inOrder).map(({ node }) => node.id), [members]);
  const inPlace = order.flatMap((id) => devices.get(id) ?? []);
  const shown = find === "" ? inPlace : inPlace.filter(({ node }) => wordsOfDevice(node).includes(find));
  const sites = [...Map.groupBy(shown, ({ node }) => node.site)];
  const current = shown.some(({ node }) => node.id === last) ? last : (sites[0]?.[1][0]?.node.id ?? null);
  return (
    <section aria-labelledby="devices">
      <h2 id="devices">
        Devices <Found find={find} found={shown.length} all={devices.size} />
      </h2>
      {devices.size === 0 ? (
        <NoDevices />
      ) : (
        <table class="devices" onKeyDown={(event) => moveInRows(event, () => open !== null && toggle(open))}>
          <Columns columns={deviceColumns} />
          {sites.map(([site, here]) => (
            <tbody key={site}>
              <tr class="group">
                <th scope="rowgroup" colSpan={deviceColumns.length}>
                  {site} <span class="quiet">{groupText(here)}</span>
                </th>
              </tr>
              {here.map((device) => {
                const { id } = device.node;
                const running = runningOn.get(id) ?? none;
                return [
                  <DeviceRow key={id} {...{ device, toggle }} tasks={running.length} open={open === id} current={current === id} focused={setLast} />,
                  open === id && (
                    <DeviceDetail
                      key={`detail-${id}`}
                      {...{ running, refusal, showTask }}
                      node={device.node}
                      columns={deviceColumns.length}
                      drain={hub.drainNode}
                    />
                  ),
                ];
              })}
            </tbody>
          ))}
        </table>
      )}
      {devices.size > 0 && shown.length === 0 && <p class="empty">No device matches. Escape clears the search.</p>}
    </section>
  );
});

const none: readonly string[] = [];

const inOrder = (a: Device, b: Device): number => byName(a.node.site, b.node.site) || byName(a.node.id, b.node.id);

const groupText = (members: readonly Device[]): string => {
  const online = members.filter(({ node }) => node.status === "online").length;
  const of = counted(members.length, "device");
  return online === members.length ? `${of}, all online` : `${online} of ${of} online`;
};
