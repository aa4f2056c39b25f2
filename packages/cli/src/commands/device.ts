import { drainNode, everyPage, listNodes, type NodeRecord, type Output, setSimulatedDevice } from "@fogline/contracts";
import type { Context } from "../context.ts";
import { ago } from "../moments.ts";
import type { Column } from "../output.ts";

const dash = "-";

const columns = (nowMs: number): Column<NodeRecord>[] => [
  { title: "DEVICE", text: ({ id, simulated }) => (simulated ? `${id} (simulated)` : id) },
  { title: "SITE", text: ({ site }) => site },
  { title: "HARDWARE", text: ({ hardware }) => hardware },
  { title: "STATUS", text: ({ status, draining }) => (draining ? `${status}, draining` : status) },
  { title: "SINCE", right: true, text: ({ statusSinceMs }) => ago(nowMs - statusSinceMs) },
  { title: "CPU %", right: true, text: ({ state }) => number(state?.cpuPercent) },
  { title: "FREE MiB", right: true, text: ({ state }) => number(state === null ? null : state.memoryAvailableBytes / 1024 ** 2) },
  { title: "TEMP C", right: true, text: ({ state }) => number(state?.temperatureCelsius) },
  {
    title: "BATTERY %",
    right: true,
    text: ({ state }) => (state?.batteryPercent == null ? dash : `${number(state.batteryPercent)}${state.charging === true ? "+" : ""}`),
  },
  { title: "TASKS", right: true, text: ({ executions }) => String(executions.length) },
];

const number = (value: number | null | undefined): string => (value === null || value === undefined ? dash : value.toFixed(0));

/** `fogline device list`. */
export const deviceListCommand = async ({ output, hub, clock }: Context): Promise<void> => {
  const client = hub();
  const nodes = await everyPage(async (after) => {
    const page = await client.call(listNodes, after === undefined ? {} : { after });
    return { items: page.nodes, next: page.next };
  });
  output.value({ devices: nodes });
  const online = nodes.filter(({ status }) => status === "online").length;
  output.line(`${nodes.length} devices, ${online} online`);
  output.table(nodes, columns(clock.now()));
  for (const { id, status, reason } of nodes) if (status !== "online") output.line(`  ${id}: ${reason}`);
};

/** `fogline device drain <device> [--undo]`. */
export const deviceDrainCommand = async ({ output, hub }: Context, id: string, { undo = false }: { readonly undo?: boolean }): Promise<void> => {
  const node = await hub().call(drainNode, { id, draining: !undo });
  output.value({ device: node });
  output.line(
    undo ? `${id} takes tasks again` : `${id} drains: it gets no new tasks, and those that may move do. undo: fogline device drain --undo ${id}`,
  );
};

export interface SimulateOptions {
  readonly temperature?: number;
  readonly battery?: number;
  readonly charging?: string;
  readonly cpu?: number;
  readonly latency?: number;
  readonly clock?: "frozen" | "running";
  readonly link?: "up" | "down";
}

/** `fogline device simulate <device>`: changes the virtual world of a simulated device. */
export const deviceSimulateCommand = async ({ output, hub }: Context, id: string, options: SimulateOptions): Promise<void> => {
  const { world } = await hub().call(setSimulatedDevice, {
    id,
    ...(options.temperature === undefined ? {} : { temperatureCelsius: options.temperature }),
    ...(options.battery === undefined ? {} : { batteryPercent: options.battery }),
    ...(options.charging === undefined ? {} : { charging: options.charging === "yes" }),
    ...(options.cpu === undefined ? {} : { cpuPercent: options.cpu }),
    ...(options.latency === undefined ? {} : { networkLatencyMs: options.latency }),
    ...(options.clock === undefined ? {} : { frozen: options.clock === "frozen" }),
    ...(options.link === undefined ? {} : { linkUp: options.link === "up" }),
  });
  output.value({ id, world });
  output.line(`${id}: ${wordsOf(world).join(", ")}`);
};

type World = Output<(typeof setSimulatedDevice)["response"]>["world"];

/** The virtual world in the words of the options, with units; what the device does not have is left out. */
const wordsOf = (world: World): string[] => {
  const { temperatureCelsius, batteryPercent, charging, cpuPercent, memoryAvailableBytes, networkLatencyMs, frozen, linkUp } = world;
  const round = (value: World[string] | undefined): string => number(typeof value === "number" ? value : null);
  return [
    `temperature ${round(temperatureCelsius)} C`,
    ...(typeof batteryPercent === "number" ? [`battery ${round(batteryPercent)} %${charging === true ? " and charging" : ""}`] : []),
    `CPU ${round(cpuPercent)} %`,
    ...(typeof memoryAvailableBytes === "number" ? [`${round(memoryAvailableBytes / 1024 ** 2)} MiB free`] : []),
    `latency ${round(networkLatencyMs)} ms`,
    `clock ${frozen === true ? "frozen" : "running"}`,
    `link ${linkUp === false ? "down" : "up"}`,
  ];
};
