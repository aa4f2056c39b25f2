import { drainNode, getNode, type NodeRecord, rebootNode } from "@fogline/contracts";
import { FoglineError, textOf } from "@fogline/findings";
import type { Context } from "../context.ts";
import { Exit, exitCodes } from "../exit.ts";
import type { HubClient } from "../hub-client.ts";
import { lasting } from "../moments.ts";
import { selectedNodes } from "../remote/selected.ts";

export interface RebootOptions {
  readonly force?: boolean;
  /** Devices that are away at once, of those named. */
  readonly maxUnavailable: number;
  /** How long one may take until it is back, in milliseconds. */
  readonly timeout: number;
}

interface Rebooted {
  readonly id: string;
  readonly awayMs: number | null;
  /** The machine itself restarted, and not only its agent. */
  readonly machine: boolean | null;
  readonly problem: { readonly code: string | null; readonly message: string } | null;
}

const lookMs = 1_000;
/** A machine that says it has run for longer than it was away has not restarted; clocks of the two may differ by so much. */
const uptimeMarginMs = 5_000;

/**
 * `fogline device reboot <device...>`: drains each, has it restart, waits until it is back with another boot id, and takes it back into service. One that does
 * not come back, or refuses, ends it there: what is still up stays up.
 */
export const deviceRebootCommand = async (context: Context, selectors: readonly string[], options: RebootOptions): Promise<void> => {
  const { output } = context;
  const client = context.hub();
  const waiting = [...(await selectedNodes(client, selectors))];
  const done: Rebooted[] = [];
  const work = async () => {
    for (let node = waiting.shift(); node !== undefined; node = waiting.shift()) {
      const outcome = await rebootOne(context, client, node, options);
      done.push(outcome);
      output.line(lineOf(outcome, node));
      if (outcome.problem !== null) waiting.length = 0;
    }
  };
  const untouched = () => waiting.map(({ id }) => id);
  const before = untouched();
  await Promise.all(Array.from({ length: Math.min(options.maxUnavailable, before.length) }, work));
  const left = before.filter((id) => !done.some((one) => one.id === id));
  output.value({ devices: done, left });
  if (left.length > 0) output.line(`left as they were: ${left.join(", ")}`);
  if (done.some(({ problem }) => problem !== null)) throw new Exit(exitCodes.findings);
};

const lineOf = ({ id, awayMs, machine, problem }: Rebooted, { draining }: NodeRecord): string => {
  if (problem !== null) return `${id}  ${problem.code ?? "error"}  ${problem.message}`;
  const came = `${id} is back after ${lasting(awayMs ?? 0)}`;
  if (machine === false) return `${came}, but only its agent restarted: see the rebootCommand of its settings`;
  return draining ? `${came}; it was draining before and still is` : came;
};

const rebootOne = async (context: Context, client: HubClient, { id, draining }: NodeRecord, options: RebootOptions): Promise<Rebooted> => {
  const { output } = context;
  try {
    if (!draining) await client.call(drainNode, { id, draining: true });
    const { bootId, askedAtMs } = await client.call(rebootNode, { id, force: options.force ?? false });
    output.line(`${id} restarts`);
    const node = await back(context, client, id, bootId, options.timeout);
    const awayMs = context.clock.now() - askedAtMs;
    return { id, awayMs, machine: node.state === null ? null : node.state.uptimeMs <= awayMs + uptimeMarginMs, problem: null };
  } catch (thrown) {
    const code = thrown instanceof FoglineError ? thrown.code : null;
    return { id, awayMs: null, machine: null, problem: { code, message: textOf(thrown) } };
  } finally {
    // Also where it refused: it is as it was before.
    if (!draining)
      await client.call(drainNode, { id, draining: false }).catch(() => output.line(`${id} still drains. undo: fogline device drain --undo ${id}`));
  }
};

/** The device once it is connected with another boot id. */
const back = async ({ clock }: Context, client: HubClient, id: string, bootId: string | null, timeoutMs: number): Promise<NodeRecord> => {
  const untilMs = clock.monotonicMs() + timeoutMs;
  for (;;) {
    const node = await client.call(getNode, { id }).catch(() => undefined);
    if (node !== undefined && node.status === "online" && node.bootId !== bootId) return node;
    if (clock.monotonicMs() > untilMs) {
      throw new FoglineError("FL4156", `${id} is not back after ${lasting(timeoutMs)}`, { remedy: `fogline device why ${id}` });
    }
    await clock.sleep(lookMs);
  }
};
