import { decommissionNode, getNode, replaceNode, rotateCertificate } from "@fogline/contracts";
import { FoglineError } from "@fogline/findings";
import { removeDevice } from "@fogline/fleet";
import { formatDurationMs } from "@fogline/units";
import { Worktree } from "@fogline/worktree";
import type { Context } from "../context.ts";
import { Exit, exitCodes } from "../exit.ts";
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

/** What the hub cannot take back, because others hold it. */
const leftToDo = (id: string, cluster: string | undefined, inFleet: boolean): string[] => [
  ...(inFleet ? [`take ${id} out of the fleet file: fogline device decommission ${id} --from-fleet, then fogline render, and commit`] : []),
  ...(cluster === undefined ? [] : [`the cluster ${cluster} still has it as a node: kubectl --context ${cluster} delete node ${id}`]),
  ...(cluster === undefined
    ? []
    : [
        `who has the device has the keys of its cluster: fogline cluster init ${cluster} --new-key, then fogline secret rotate ${cluster}`,
        `who has the device has the token with which nodes of K3s join: fogline cluster rotate-token ${cluster}`,
      ]),
  `what else lets it in is not the hub's: its WireGuard peer, its line in authorized_keys and known_hosts (ssh-keygen -R ${id})`,
  "wipe its medium, where you have it",
];

/** `fogline device decommission <device>`: out for good. Says what is left to do by hand. */
export const deviceDecommissionCommand = async (context: Context, id: string, { fromFleet = false }: DecommissionOptions): Promise<void> => {
  const { output, hub } = context;
  const client = hub();
  const { revoked, tokens, drained } = await client.call(decommissionNode, { id });
  // Known to the registry or not: it is out.
  const node = await client.call(getNode, { id }).catch(() => undefined);
  const removal = fromFleet ? await takenOut(context, id) : undefined;
  const left = leftToDo(id, node?.cluster ?? undefined, removal === undefined);
  output.value({ id, revoked, tokens, drained, file: removal ?? null, left });
  const already = revoked === 0 && tokens === 0;
  output.line(
    already
      ? `${id} was out already`
      : `${id} is out: ${count(revoked, "certificate")} and ${count(tokens, "enrolment token")} revoked; its connection and open shells end within 5 s`,
  );
  output.line(drained ? "  nothing is placed on it any more" : "  the registry knows it no more");
  if (removal !== undefined) output.line(`  ${removal} has it no more. next: fogline render, then commit`);
  for (const [index, text] of left.entries()) output.line(`  ${index === 0 ? "left" : "    "}  ${text}`);
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

/** `fogline device replace <device>`: the slot of a dead board gets a new one. */
export const deviceReplaceCommand = async ({ output, hub, clock }: Context, id: string, options: ReplaceOptions): Promise<void> => {
  const replaced = await hub().call(replaceNode, { id, ...(options.for === undefined ? {} : { ttlMs: options.for }) });
  output.value({ replaced });
  const left = formatDurationMs(Math.max(1_000, Math.round((replaced.expiresAtMs - clock.now()) / 1_000) * 1_000));
  output.line(`the slot ${id} is free for a new board: ${count(replaced.revoked, "certificate")} of the old one revoked`);
  output.line(`  token  ${replaced.token}`);
  output.line(`         good for ${left}, once`);
  output.line(`  next   correct serial and mac of ${id} in the fleet file, where it names them, render and commit`);
  output.line(`         forget the old board's host key: ssh-keygen -R ${id}`);
  output.line(`         on the new board: ${replaced.command}`);
};
