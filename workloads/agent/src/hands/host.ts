import { execFile } from "node:child_process";
import { agentAbilities, type ChannelPurpose } from "@fogline/contracts/agent-channel";
import { fail, ok, textOf } from "@fogline/findings";
import type { Clock } from "@fogline/ports";
import type { Hands } from "./program.ts";
import { shellStarter } from "./shell.ts";
import { deviceSources } from "./sources.ts";
import { type OwnReport, supportBundle } from "./support-bundle.ts";

export interface HostHandsParts {
  readonly nodeId: string;
  readonly agentVersion: string;
  /** What programs inherit. */
  readonly environment: Readonly<Record<string, string>>;
  /** Why nobody may have a shell now. */
  readonly refusal: () => string | undefined;
  readonly reports: readonly OwnReport[];
  /** What restarts the machine, word by word. */
  readonly rebootCommand: readonly string[];
  readonly renew: () => Promise<void>;
  readonly clock: Clock;
}

/** Commands that restart a machine only ask for it and end at once. */
const rebootAnswerMs = 5_000;

/** The hands of a real machine. */
export const hostHands = (parts: HostHandsParts): Hands => {
  const { nodeId, agentVersion, environment, refusal, reports, clock } = parts;
  const startShell = shellStarter(environment);
  return {
    abilities: agentAbilities,
    open: async (purpose, output) => {
      if (purpose.kind === "support-bundle") {
        const { bytesMax } = purpose;
        return ok(
          supportBundle(
            { device: nodeId, agentVersion, own: reports, sources: deviceSources, withheld: refusal(), bytesMax, environment, clock },
            output,
          ),
        );
      }
      const why = refusal();
      return why === undefined ? startShell(purpose, output) : fail({ code: "FL4151", message: why });
    },
    refusal,
    reboot: () => rebooted(parts),
    rotate: () => parts.renew().then(() => undefined, textOf),
    withdrawn: (purpose: ChannelPurpose) => (purpose.kind === "shell" ? refusal() : undefined),
  };
};

const rebooted = ({ rebootCommand: [file = "systemctl", ...rest], environment }: HostHandsParts): Promise<string | undefined> =>
  new Promise((resolve) => {
    execFile(file, rest, { env: { ...environment, LC_ALL: "C" }, timeout: rebootAnswerMs }, (error, _stdout, stderr) => {
      if (error === null) resolve(undefined);
      else resolve(`${[file, ...rest].join(" ")}: ${stderr.trim().slice(0, 500) || textOf(error)}`);
    });
  });
