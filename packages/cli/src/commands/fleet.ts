import { addDevice, fileOf, nodeDeclarations, parseFleet, readFleetDocument, reportIntervalsOf } from "@fogline/fleet";
import { describeTraffic, trafficFindings, trafficOf } from "@fogline/gitops";
import { formatDurationMs } from "@fogline/units";
import { Worktree } from "@fogline/worktree";
import type { Context } from "../context.ts";
import { Exit, exitCodes, exitFor } from "../exit.ts";
import { loadFleet } from "../render.ts";

/** `fogline fleet show`: the resolved fleet, after ranges, refinements and defaults. */
export const fleetShowCommand = async ({ output, repository }: Context): Promise<void> => {
  const { fleet, findings } = await loadFleet(await Worktree.open(repository));
  output.findings(findings);
  output.value({ fleet: fleet ?? null, findings });
  if (fleet === undefined) return exitFor(findings);
  output.line(
    `${fleet.name}: ${fleet.sites.length} sites, ${fleet.clusters.length} clusters, ${fleet.devices.length} devices, ${fleet.workloads.length} workloads`,
  );
  const intervalOf = reportIntervalsOf(fleet);
  output.table(fleet.devices, [
    { title: "DEVICE", text: ({ id }) => id },
    { title: "SITE", text: ({ site }) => site },
    { title: "CLUSTER", text: ({ cluster }) => cluster ?? "-" },
    { title: "HARDWARE", text: ({ hardware }) => hardware },
    { title: "TIER", text: ({ tier }) => tier },
    { title: "RING", text: ({ ring }) => ring },
    { title: "LINK", text: ({ connectivity }) => connectivity.name },
    { title: "REPORTS", text: (device) => formatDurationMs(intervalOf(device).intervalMs), right: true },
    { title: "FROM", text: ({ place }) => `${place.file}:${place.line}` },
  ]);
};

/** `fogline fleet nodes`: what a hub that runs as several processes is told of the devices, as its orchestrator reads it from `nodesFile`. */
export const fleetNodesCommand = async ({ output, repository }: Context): Promise<void> => {
  const { fleet, findings } = await loadFleet(await Worktree.open(repository));
  if (fleet === undefined) {
    output.findings(findings);
    return exitFor(findings);
  }
  const nodes = nodeDeclarations(fleet);
  output.value(nodes);
  output.line(JSON.stringify(nodes, undefined, 2));
};

/** `fogline fleet traffic`: what each line carries in a day though nothing happens, compared with its budget. */
export const fleetTrafficCommand = async ({ output, repository }: Context): Promise<void> => {
  const { fleet, findings } = await loadFleet(await Worktree.open(repository));
  if (fleet === undefined) {
    output.findings(findings);
    output.value({ traffic: null, findings });
    return exitFor(findings);
  }
  const lines = trafficOf(fleet);
  const problems = [...findings, ...trafficFindings(fleet)];
  const bytes = (value: number | undefined): string => (value === undefined || value === 0 ? "-" : describeTraffic(value));
  output.findings(problems);
  output.value({
    traffic: lines.map(({ connectivity, ...line }) => ({
      ...line,
      connectivity: connectivity.name,
      budgetBytesPerDay: connectivity.budgetBytesPerDay ?? null,
    })),
    findings: problems,
  });
  output.line("a day without images, data and deployments:");
  output.table(lines, [
    { title: "SITE", text: ({ name, site }) => (name === site ? site : `${site}/${name}`) },
    { title: "LINK", text: ({ connectivity }) => connectivity.name },
    { title: "AGENTS", text: ({ agentsBytes }) => bytes(agentsBytes), right: true },
    { title: "FLUX", text: ({ fluxBytes }) => bytes(fluxBytes), right: true },
    { title: "METRICS", text: ({ metricsBytes }) => bytes(metricsBytes), right: true },
    { title: "LOGS", text: ({ logsBytes }) => bytes(logsBytes), right: true },
    { title: "THROUGH", text: ({ throughBytes }) => bytes(throughBytes), right: true },
    { title: "SUM", text: ({ sumBytes }) => bytes(sumBytes), right: true },
    { title: "BUDGET", text: ({ connectivity }) => bytes(connectivity.budgetBytesPerDay), right: true },
  ]);
  exitFor(problems);
};

export interface AddDeviceOptions {
  readonly cluster?: string;
  readonly site?: string;
  readonly hardware: string;
  readonly address?: string;
  readonly mac?: string;
  readonly serial?: string;
  readonly dryRun?: boolean;
}

/** `fogline fleet add-device <id>`: adds it to the fleet file, keeping every comment; refuses a file that would not be valid afterwards. */
export const fleetAddDeviceCommand = async (
  { output, repository }: Context,
  id: string,
  { dryRun = false, ...device }: AddDeviceOptions,
): Promise<void> => {
  const worktree = await Worktree.open(repository);
  const files = await worktree.fleetFiles();
  const path = fileOf(readFleetDocument(files), device) ?? files[0]?.path;
  const file = files.find((one) => one.path === path);
  if (file === undefined) return;
  const others = files.filter((one) => one !== file);
  const edited = addDevice(file.text, { id, ...device }, { path: file.path, others });
  const findings = edited.ok ? parseFleet([{ ...file, text: edited.value }, ...others]).findings : edited.failure;
  if (!edited.ok || findings.some(({ severity }) => severity === "error")) {
    output.findings(findings);
    output.value({ added: false, findings });
    throw new Exit(exitCodes.findings);
  }
  if (!dryRun) await worktree.write(file.path, edited.value);
  output.value({ added: !dryRun, findings, ...(dryRun ? { text: edited.value } : {}) });
  output.line(dryRun ? edited.value : `added ${id} to ${file.path}. next: fogline render, then commit`);
};
