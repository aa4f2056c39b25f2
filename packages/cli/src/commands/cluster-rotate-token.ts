import { planTokenRotation, type TokenStep } from "@fogline/gitops";
import { Worktree } from "@fogline/worktree";
import type { Context } from "../context.ts";
import { Exit, exitCodes } from "../exit.ts";
import type { Column } from "../output.ts";
import { type PlaysOptions, playInTurn, withPlays } from "../plays.ts";
import { loadFleet } from "../render.ts";
import { refuseFor } from "../secret-store.ts";

export interface RotateTokenOptions {
  readonly check?: boolean;
  readonly yes?: boolean;
}

const what: Readonly<Record<TokenStep["as"], string>> = {
  "first server": "makes the new token, starts K3s again",
  server: "gets it, starts K3s again",
  agent: "gets it, starts K3s again",
};
const columns: Column<TokenStep>[] = [
  { title: "DEVICE", text: ({ device }) => device },
  { title: "AS", text: ({ as }) => as },
  { title: "WHAT", text: ({ as }) => what[as] },
];

/**
 * `fogline cluster rotate-token <cluster>`: a new token of K3s, node by node. Shows the plan; with --yes carries it out, and ends with the first node that
 * fails. Run again it goes on with the token that was made. Ends with 1 where it fails, and where the plan is refused.
 */
export const rotateTokenCommand = async (context: Context, cluster: string, { check = false, yes = false }: RotateTokenOptions): Promise<void> => {
  const { output, repository } = context;
  const worktree = await Worktree.open(repository);
  const { fleet, findings } = await loadFleet(worktree);
  refuseFor(findings, "the fleet has errors, so nothing was planned");
  if (fleet === undefined) return;
  const plan = planTokenRotation(fleet, cluster);
  if (plan.findings.length > 0) {
    output.findings(plan.findings);
    output.value(plan);
    throw new Exit(exitCodes.findings);
  }
  output.table(plan.steps, columns);
  if (!yes && !check) {
    output.value(plan);
    output.line("next    the same with --check asks each node whether it can be done, with --yes it is done");
    return;
  }
  await carryOut(context, plan.steps, { worktree, fleet, check });
};

type CarryOut = Pick<PlaysOptions, "worktree" | "fleet" | "check">;

const carryOut = (context: Context, steps: readonly TokenStep[], { worktree, fleet, check }: CarryOut): Promise<void> =>
  withPlays(context, { worktree, fleet, kept: "token-rotations", tags: [], check }, async ({ folder, play }) => {
    const { output } = context;
    const machines = steps.map(({ device, last }) => ({ device, variables: { fogline_rotation_last: last } }));
    const { done, findings } = await playInTurn(output, play, "rotate-k3s-token", machines);
    output.findings(findings);
    output.value({ done, left: steps.map(({ device }) => device).filter((device) => !done.includes(device)), findings, logs: folder });
    if (findings.length > 0) {
      output.line(`${steps.length - done.length} nodes are left; the same again goes on with the token that was made. Logs in ${folder}`);
      throw new Exit(exitCodes.findings);
    }
    output.line(`${done.length} nodes ${check ? "looked at" : "have the new token"}; logs in ${folder}`);
  });
