import { planRotation, type RotationStep, selectDevices } from "@fogline/gitops";
import { Worktree } from "@fogline/worktree";
import { askWhether } from "../bootstrap/asked.ts";
import { refuseStaleFiles } from "../bootstrap/generated.ts";
import type { Context } from "../context.ts";
import { Exit, exitCodes, exitFor } from "../exit.ts";
import type { Column } from "../output.ts";
import { playInTurn, withPlays } from "../plays.ts";
import { refuseFor } from "../secret-store.ts";
import { loadMesh } from "./mesh.ts";

export interface MeshRotateOptions {
  readonly yes?: boolean;
  readonly check?: boolean;
}

const columns: Column<RotationStep>[] = [
  { title: "DEVICE", text: ({ device }) => device },
  { title: "KEY NOW", text: ({ key }) => key },
  { title: "PEERS", text: ({ peers }) => peers.join(", ") || "-" },
];

/**
 * `fogline mesh rotate <device...>`: each machine makes a new key beside the old one, which it goes on using until its peers know the new one. Says what
 * makes them know it. Ends with 1 where a machine fails, after which no other one follows.
 */
export const meshRotateCommand = async (
  context: Context,
  words: readonly string[],
  { yes = false, check = false }: MeshRotateOptions,
): Promise<void> => {
  const { output } = context;
  const worktree = await Worktree.open(context.repository);
  const loaded = await loadMesh(worktree);
  if (loaded === undefined) return;
  const { fleet, keys } = loaded;
  const selection = selectDevices(fleet, words);
  refuseFor(selection.findings, "the selection has errors, so nothing was done");
  const { steps, findings } = planRotation(fleet, selection.devices, keys);
  output.table(steps, columns);
  output.findings(findings);
  if (findings.length > 0) {
    output.value({ steps, findings });
    return exitFor(findings);
  }
  const question = `Make a new key on ${steps.length} ${steps.length === 1 ? "device" : "devices"}?`;
  if (!check && !yes && !(await askWhether(output, question))) return output.line("nothing was changed");
  await refuseStaleFiles(
    worktree,
    fleet,
    fleet.devices.filter(({ id }) => steps.some(({ device }) => device === id)),
  );
  await withPlays(context, { worktree, fleet, kept: "mesh-rotations", tags: [], check }, async ({ folder, play }) => {
    const { done, findings: failures } = await playInTurn(output, play, "rotate-wireguard", steps);
    const next = check || done.length === 0 ? [] : nextSteps(steps, done);
    output.value({ steps, findings: failures, done, next, logs: folder });
    output.findings(failures);
    output.line(`${done.length} of ${steps.length} ${check ? "looked at; nothing was changed" : "with a new key"}; logs in ${folder}`);
    for (const [index, text] of next.entries()) output.line(`${index === 0 ? "next" : "    "}    ${text}`);
    if (failures.length > 0) throw new Exit(exitCodes.findings);
  });
};

/** What makes the new keys count: each device and all who know it by the old one get their files. */
const nextSteps = (steps: readonly RotationStep[], done: readonly string[]): readonly string[] => {
  const rotated = steps.filter(({ device }) => done.includes(device));
  const concerned = new Set([...done, ...rotated.flatMap(({ peers }) => peers)]);
  return [
    "fogline render",
    `git commit -am "New keys of the mesh: ${done.join(", ")}"`,
    `fogline bootstrap ${[...concerned].join(" ")} --only wireguard`,
  ];
};
