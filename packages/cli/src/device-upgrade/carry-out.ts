import { type Finding, textOf } from "@fogline/findings";
import { type AgentSeen, type Gate, lookAtGate, type UpgradeStep, type Waiting } from "@fogline/gitops";
import { formatDurationMs } from "@fogline/units";

/** How machines are upgraded, and where time, hub and people are. */
export interface UpgradeTools {
  readonly clock: { monotonicMs(): number; sleep(ms: number, signal?: AbortSignal): Promise<void> };
  readonly signal: AbortSignal;
  /** Brings a machine to its versions and gives it back; what went wrong, nothing where all went well. */
  upgrade(device: string): Promise<readonly Finding[]>;
  /** Asks a machine and its cluster whether all is as well as before its upgrade. */
  look(device: string): Promise<readonly Finding[]>;
  /** What the hub says of a machine's agent. */
  seen(device: string): Promise<AgentSeen | undefined>;
  /** Whether the hub is asked, by machine. */
  readonly gates: ReadonlyMap<string, Gate>;
  /** How long an agent may take until it is back. */
  readonly hubWaitMs: number;
  /** What speaks against beginning with a ring now. */
  mayBegin(ring: string): readonly Finding[];
  say(line: string): void;
}

export interface Upgraded {
  readonly done: readonly string[];
  /** Why it ended before its time; empty where it came to its end. */
  readonly findings: readonly Finding[];
}

const lookEveryMs = 1_000;

/** Upgrades one machine after another, and waits between two rings. Ends with the first thing that is not well: nothing after it is touched. */
export const upgradeInTurn = async (steps: readonly UpgradeStep[], tools: UpgradeTools): Promise<Upgraded> => {
  const done: string[] = [];
  for (const step of steps) {
    const before = steps.filter(({ device, ring }) => ring === step.after?.ring && done.includes(device)).map(({ device }) => device);
    const findings = await firstOf(
      () => soak(before, step, tools),
      () => (step.after === undefined ? [] : tools.mayBegin(step.ring)),
      () => {
        tools.say(`${step.device}  ...`);
        return tools.upgrade(step.device);
      },
      () => back(step.device, tools),
    );
    if (findings.length > 0) return { done, findings };
    done.push(step.device);
  }
  return { done, findings: [] };
};

type Stage = () => Promise<readonly Finding[]> | readonly Finding[];

/** What the first of them says that says anything. */
const firstOf = async (...stages: readonly Stage[]): Promise<readonly Finding[]> => {
  for (const stage of stages) {
    const findings = await stage();
    if (findings.length > 0) return findings;
  }
  return [];
};

/** Waits for the soak of the ring before, then looks at each of its machines again: all that can be wrong is said together. */
const soak = async (devices: readonly string[], { ring, after }: UpgradeStep, tools: UpgradeTools): Promise<readonly Finding[]> => {
  if (after === undefined || after.soakMs === 0) return [];
  tools.say(`ring ${after.ring} soaks for ${formatDurationMs(after.soakMs)}; ring ${ring} follows if it is as well then`);
  const slept = await pause(after.soakMs, tools);
  if (!slept) return [interrupted(`the soak of ring ${after.ring} was interrupted, and nothing of ring ${ring} was begun`)];
  const findings: Finding[] = [];
  for (const device of devices) {
    findings.push(...(await tools.look(device)));
    if (tools.gates.get(device)?.kind !== "asked") continue;
    const seen = await asked(device, tools);
    if (seen?.status !== "online")
      findings.push(away(device, `at the end of the soak of ring ${after.ring} its agent is not online at the hub`, seen));
  }
  return findings;
};

/** Waits until the agent of a machine that was given back is online at the hub, where the hub is asked about it. */
const back = async (device: string, tools: UpgradeTools): Promise<readonly Finding[]> => {
  if (tools.gates.get(device)?.kind !== "asked") return [];
  let waiting: Waiting = { sinceMs: tools.clock.monotonicMs() };
  for (;;) {
    const seen = await asked(device, tools);
    const look = lookAtGate(waiting, seen, { nowMs: tools.clock.monotonicMs(), limitMs: tools.hubWaitMs });
    if (look.decision === "back") return [];
    if (look.decision === "away")
      return [away(device, `it was given back, and its agent is not online at the hub after ${formatDurationMs(tools.hubWaitMs)}`, seen)];
    ({ waiting } = look);
    if (!(await pause(lookEveryMs, tools))) return [interrupted(`${device} was upgraded, and the waiting for its agent was interrupted`)];
  }
};

/** A hub that does not answer is no sign of an agent; it may be on the machine that was just upgraded. */
const asked = (device: string, { seen }: UpgradeTools): Promise<AgentSeen | undefined> =>
  seen(device).catch((thrown: unknown): AgentSeen => ({ status: "offline", reason: textOf(thrown) }));

/** False where a person ended it before. */
const pause = (ms: number, { clock, signal }: UpgradeTools): Promise<boolean> =>
  clock.sleep(ms, signal).then(
    () => true,
    (thrown: unknown) => {
      if (signal.aborted) return false;
      throw thrown;
    },
  );

const interrupted = (message: string): Finding => ({ code: "FL4097", severity: "error", message, remedy: "Run the same again." });

const away = (device: string, what: string, seen: AgentSeen | undefined): Finding => ({
  ...{ code: "FL4191", severity: "error", object: device },
  message: `${device}: ${what}: ${seen?.reason ?? "the hub does not know it"}`,
  remedy: `Ask why: fogline device why ${device}. Run the same again when it is back.`,
});
