import { decommissionNode, getNode, replaceNode, rotateCertificate } from "@fogline/contracts";
import { FoglineError } from "@fogline/findings";
import { removeDevice } from "@fogline/fleet";
import { formatDurationMs } from "@fogline/units";
import { Worktree } from "@fogline/worktree";
import type { Context } from "../context.ts";
import { Exit, exitCodes } from "../exit.ts";
import { decommissionSteps, leftOf, replaceSteps, type Step } from "../remote/next-steps.ts";
import { selectedNodes } from "../remote/selected.ts";

/** `fogline device rotate <device...>`: each makes a new key and certificate; the old ones are revoked once the new one was used. */
export const deviceRotateCommand = async ({ output, hub }: Context, selectors: readonly string[]): Promise<void> => {
  const client = hub();
  const results: { id: string; state: string; reason: string; code: string | null }[] = [];
  for (const { id } of await selectedNodes(client, selectors)) {
    try {
      results.push({ id, ...(await client.call(rotateCertificate, { id })), code: null });
    } catch (thrown) {
      if (!(thrown instanceof FoglineError)) throw thrown;
      results.push({ id, state: "failed", reason: thrown.message, code: thrown.code });
    }
  }
  output.value({ devices: results });
  for (const { id, state, reason, code } of results) output.line(`${id}  ${code ?? state}  ${reason}`);
  if (results.some(({ code }) => code !== null)) throw new Exit(exitCodes.findings);
};

export interface DecommissionOptions {
  /** Take it out of the fleet file as well. */
  readonly fromFleet?: boolean;
}

/** `fogline device decommission <device>`: out for good. Says what is left to do by hand. */
export const deviceDecommissionCommand = async (context: Context, id: string, { fromFleet = false }: DecommissionOptions): Promise<void> => {
  const { output, hub } = context;
  const client = hub();
  const { revoked, tokens, drained } = await client.call(decommissionNode, { id });
  // Known to the registry or not: it is out.
  const node = await client.call(getNode, { id }).catch(() => undefined);
  // Before it is taken out: the fleet file says who its peers are.
  const before = await leftOf(context, id, node?.cluster ?? undefined);
  const removal = fromFleet ? await takenOut(context, id) : undefined;
  const left = decommissionSteps({ ...before, inFleet: before.inFleet && removal === undefined });
  output.value({ id, revoked, tokens, drained, file: removal ?? null, left });
  const already = revoked === 0 && tokens === 0;
  output.line(
    already
      ? `${id} was out already`
      : `${id} is out: ${count(revoked, "certificate")} and ${count(tokens, "enrolment token")} revoked; its connection and open shells end within 5 s`,
  );
  output.line(drained ? "  nothing is placed on it any more" : "  the registry knows it no more");
  if (removal !== undefined) output.line(`  ${removal} has it no more`);
  showSteps(output, left);
  output.line("        and wipe its medium, where you have it");
};

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? "" : "s"}`;

/** The files of the fleet that had the device, without it now. Throws what the fleet would not be valid for; then nothing is written. */
const takenOut = async ({ output, repository }: Context, id: string): Promise<string> => {
  const worktree = await Worktree.open(repository);
  const edited = removeDevice(await worktree.fleetFiles(), id);
  if (!edited.ok) {
    output.findings(edited.failure);
    throw new Exit(exitCodes.findings);
  }
  for (const { path, text } of edited.value) await worktree.write(path, text);
  return edited.value.map(({ path }) => path).join(", ");
};

export interface ReplaceOptions {
  /** How long the token is good for, in milliseconds. */
  readonly for?: number;
}

/** `fogline device replace <device>`: the slot of a dead board gets a new one. Says what makes a new board the device. */
export const deviceReplaceCommand = async (context: Context, id: string, options: ReplaceOptions): Promise<void> => {
  const { output, hub, clock } = context;
  const client = hub();
  const replaced = await client.call(replaceNode, { id, ...(options.for === undefined ? {} : { ttlMs: options.for }) });
  const node = await client.call(getNode, { id }).catch(() => undefined);
  const next = replaceSteps(await leftOf(context, id, node?.cluster ?? undefined), replaced.command);
  output.value({ replaced, next });
  const left = formatDurationMs(Math.max(1_000, Math.round((replaced.expiresAtMs - clock.now()) / 1_000) * 1_000));
  output.line(`the slot ${id} is free for a new board: ${count(replaced.revoked, "certificate")} of the old one revoked`);
  output.line(`  token  ${replaced.token}`);
  output.line(`         good for ${left}, once; an image and a bootstrap take a newer one by themselves`);
  showSteps(output, next);
};

const showSteps = ({ line, colours }: Context["output"], steps: readonly Step[]): void => {
  for (const [index, { command, why }] of steps.entries()) line(`  ${index === 0 ? "next" : "    "}  ${command}  ${colours.dim(`(${why})`)}`);
};
