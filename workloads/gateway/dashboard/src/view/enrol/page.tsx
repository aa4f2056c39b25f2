import type { NodeRecord } from "@fogline/contracts";
import { useMemo, useState } from "preact/hooks";
import { type EnrolmentPage, enrolmentsAddress, type NewEnrolment } from "../../live/enrolment.ts";
import { useFollowed } from "../../live/followed.ts";
import type { Change } from "../../live/hub.ts";
import type { PageProps } from "../../route.ts";
import { enrolAnswer, waitingOf, waits } from "../../text/enrolment.ts";
import { byName } from "../../text/format.ts";
import { refusalOf } from "../action.tsx";
import { Answer } from "../answer.tsx";
import { Told, useTold } from "../told.tsx";
import { Again } from "./again.tsx";
import { NewDevice } from "./new-device.tsx";
import { Simulated } from "./simulated.tsx";
import { Slot } from "./slot.tsx";
import { Slots } from "./slots.tsx";
import { Tokens } from "./tokens.tsx";
import "../../style/list.css";
import "../../style/enrol.css";

interface Made {
  readonly token: NewEnrolment;
  /** Whether the device had never been seen when it was made. */
  readonly waited: boolean;
}

/** Whether the device of a slot came in with the token that was made for it here. */
const hasCome = (node: NodeRecord, made: Made | undefined, page: EnrolmentPage | null): boolean => {
  if (made?.waited === true) return node.status === "online";
  return page?.enrolments.some(({ id, usedAtMs }) => id === made?.token.id && usedAtMs !== null) ?? false;
};

/** Tokens after an event: when the device of an open one does something, it may be used. */
const afterArrival = (page: EnrolmentPage, { name, data }: Change): EnrolmentPage | null =>
  name === "nodes.changed" && page.enrolments.some(({ node, usedAtMs }) => usedAtMs === null && node === (data as { id: string }).id) ? null : page;

/** How a device comes in: the slots that wait for theirs, tokens for them, and ways to more slots. */
export const Page = ({ store, hub, open, find, go }: PageProps) => {
  const { state } = store;
  const refusal = refusalOf(state);
  const isAdmin = state.principal?.role === "admin";
  const nodes = [...state.devices.values()].map(({ node }) => node);
  const [tokens, setTokens] = useState<ReadonlyMap<string, Made>>(new Map());
  const read = useFollowed<EnrolmentPage>(hub, isAdmin ? enrolmentsAddress : null, {
    follow: afterArrival,
  });
  const { hardware, sites } = useMemo(() => offersOf(nodes), [state.revisions.members]);
  const slot = open.slot === undefined ? undefined : state.devices.get(open.slot)?.node;
  const detailOf = (node: NodeRecord) => (
    <Slot
      key={node.id}
      node={node}
      refusal={refusal}
      token={tokens.get(node.id)?.token ?? null}
      cameIn={hasCome(node, tokens.get(node.id), read.value)}
      made={(token) => {
        setTokens((before) => new Map(before).set(node.id, { token, waited: waits(node) }));
        read.again();
      }}
    />
  );
  const { told, tell } = useTold();
  // A slot that was waited for stays in sight when its device has come in.
  const waiting = waitingOf(nodes);
  const listed = slot !== undefined && !waits(slot) && tokens.get(slot.id)?.waited === true ? [...waiting, slot] : waiting;
  const shown = listed.filter(({ id, site }) => find === "" || `${id} ${site}`.includes(find));
  const simulated = (
    <Simulated
      {...{ devices: state.devices, hardware, sites, refusal }}
      tell={tell}
      added={open.simulated ?? null}
      add={(id) => go.open("simulated", id)}
    />
  );
  return (
    <>
      <Answer store={store} sentence={() => enrolAnswer(nodes)} />
      <Told what={told} />
      {nodes.length === 0 && simulated}
      {shown.length > 0 && (
        <Slots nodes={shown} open={slot?.id ?? null} toggle={(id) => go.open("slot", open.slot === id ? null : id)} detail={detailOf} />
      )}
      {nodes.length > 0 && (
        <Again
          nodes={nodes}
          chosen={slot === undefined || listed.includes(slot) ? null : slot}
          choose={(id) => go.open("slot", id)}
          detail={detailOf}
        />
      )}
      {isAdmin && <Tokens {...{ read, refusal, tell }} />}
      <NewDevice devices={state.devices} hardware={hardware} sites={sites} />
      {nodes.length > 0 && simulated}
    </>
  );
};

/** Profiles that are offered before any device is there. */
const usualHardware = ["pi-5-8", "pi-4-4", "jetson-orin-nx-16", "laptop", "smartphone", "iot-sensor"];

const offersOf = (nodes: readonly NodeRecord[]) => ({
  hardware: [...new Set([...nodes.map(({ hardware }) => hardware), ...usualHardware])].filter((name) => name !== "detected").sort(byName),
  sites: [...new Set(nodes.map(({ site }) => site))].sort(byName),
});
