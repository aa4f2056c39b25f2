import { addDevice, fileOf, parseFleet, readFleetDocument } from "@fogline/fleet";
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
  output.table(fleet.devices, [
    { title: "DEVICE", text: ({ id }) => id },
    { title: "SITE", text: ({ site }) => site },
    { title: "CLUSTER", text: ({ cluster }) => cluster ?? "-" },
    { title: "HARDWARE", text: ({ hardware }) => hardware },
    { title: "TIER", text: ({ tier }) => tier },
    { title: "RING", text: ({ ring }) => ring },
    { title: "LINK", text: ({ connectivity }) => connectivity.name },
    { title: "FROM", text: ({ place }) => `${place.file}:${place.line}` },
  ]);
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
