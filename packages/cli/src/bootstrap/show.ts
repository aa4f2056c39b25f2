import { type Counts, noCounts, type Outcome, outcomes } from "@fogline/ansible";
import type { Finding } from "@fogline/findings";
import type { BootstrapPlan, DevicePlan, Selection } from "@fogline/gitops";
import { formatDurationMs } from "@fogline/units";
import type { Output } from "../output.ts";
import type { BootstrapState, DeviceState } from "./state.ts";

const count = (number: number, word: string): string => `${number} ${word}${number === 1 ? "" : "s"}`;

/** Devices whose plans are shown in full; of more, those of one kind are told by the first of them. */
const PLANS_SHOWN_MAX = 6;

/** Shows what will happen on each device, and why. Devices with the same stages are shown once. */
export const showPlan = (output: Output, { devices }: BootstrapPlan, { leftOut }: Pick<Selection, "leftOut">): void => {
  const shown = new Map<string, DevicePlan[]>();
  for (const plan of devices) {
    const key =
      devices.length <= PLANS_SHOWN_MAX
        ? plan.device
        : JSON.stringify([plan.cluster, plan.role, plan.stages.filter(({ stage }) => stage !== "reach")]);
    shown.set(key, [...(shown.get(key) ?? []), plan]);
  }
  for (const [first, ...others] of shown.values()) {
    if (first === undefined) continue;
    const names = [first, ...others].map(({ device }) => device).join(", ");
    const where = first.cluster === undefined ? "alone" : `${first.role} of ${first.cluster}`;
    const after = first.after.length === 0 ? "" : `, after ${first.after.join(", ")}`;
    output.line(`${output.colours.bold(names)}  ${where}${after}`);
    for (const { stage, does, why } of first.stages) output.line(`  ${stage.padEnd(9)}  ${does}  ${output.colours.dim(`(${why})`)}`);
  }
  if (leftOut.length > 0) output.line(output.colours.dim(`left out: ${leftOut.map(({ id }) => id).join(", ")}, which Fogline does not set up`));
};

/** Counts of all roles together. */
export const totalOf = (roles: Readonly<Record<string, Counts>>): Counts =>
  Object.values(roles).reduce(
    (sum, one) => Object.fromEntries(outcomes.map((outcome) => [outcome, sum[outcome] + one[outcome]])) as Record<Outcome, number>,
    noCounts,
  );

/** Counts in words, without those that are none. */
export const countsText = (counts: Counts): string => {
  const words = outcomes.filter((outcome) => counts[outcome] > 0).map((outcome) => `${counts[outcome]} ${outcome}`);
  return words.length === 0 ? "nothing done" : words.join(", ");
};

/** How long a device took, in whole seconds. */
export const durationText = ({ startedAtMs, endedAtMs }: DeviceState): string =>
  startedAtMs === undefined || endedAtMs === undefined
    ? ""
    : formatDurationMs(Math.max(1_000, Math.round((endedAtMs - startedAtMs) / 1_000) * 1_000));

/** One table of all devices, what went wrong, and what to do next. */
export const showSummary = (output: Output, state: BootstrapState, folder: string): void => {
  const rows = Object.entries(state.devices).map(([device, of]) => ({ device, ...of, total: totalOf(of.roles) }));
  output.line();
  output.table(rows, [
    { title: "DEVICE", text: ({ device }) => device },
    { title: "STATE", text: ({ standing }) => standing },
    { title: "CHANGED", text: ({ total }) => String(total.changed), right: true },
    { title: "OK", text: ({ total }) => String(total.ok), right: true },
    { title: "SKIPPED", text: ({ total }) => String(total.skipped), right: true },
    { title: "FAILED", text: ({ total }) => String(total.failed + total.unreachable), right: true },
    { title: "TIME", text: durationText, right: true },
    { title: "LOG", text: ({ log, startedAtMs }) => (startedAtMs === undefined ? "" : `${folder}/${log}`) },
  ]);
  output.findings(findingsOf(state));
  const done = rows.filter(({ standing }) => standing === "done").length;
  const changed = rows.reduce((sum, { total }) => sum + total.changed, 0);
  const what = state.options.check ? "would be changed; nothing was" : "changed";
  output.line(`${done} of ${count(rows.length, "device")} ${state.options.check ? "looked at" : "set up"}, ${count(changed, "task")} ${what}`);
  if (done < rows.length) output.line("next: correct what is named, then fogline bootstrap --resume");
};

/** What went wrong on any device. */
export const findingsOf = (state: BootstrapState): readonly Finding[] => Object.values(state.devices).flatMap(({ findings }) => findings);
