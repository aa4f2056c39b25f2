import { consentMsMax, removeConsent, writeConsent } from "@fogline/agent/consent";
import { FoglineError, textOf } from "@fogline/findings";
import { formatDurationMs } from "@fogline/units";
import type { Context } from "../context.ts";
import { agentEnvironment } from "./agent.ts";

const folderOf = (data: string | undefined, { environment, workingFolder }: Context): string =>
  agentEnvironment(data === undefined ? {} : { data }, { ...environment }, workingFolder).FOGLINE_AGENT_DATA_FOLDER ?? "";

const written = (folder: string, write: () => void): void => {
  try {
    write();
  } catch (cause) {
    throw new FoglineError("FL4017", `${folder} cannot be written: ${textOf(cause)}`, {
      remedy: "be the user that the agent runs as, and name its folder with --data",
      cause,
    });
  }
};

/** `fogline agent allow-shell --for 1h`, on the device itself: people may have a shell for a while, where the agent's settings say that they must ask. */
export const allowShellCommand = (context: Context, data: string | undefined, forMs: number): void => {
  if (forMs > consentMsMax) throw new FoglineError("FL4001", "consent is for a day at most", { remedy: "write it like --for 1h" });
  const folder = folderOf(data, context);
  const untilMs = context.clock.now() + forMs;
  written(folder, () => writeConsent(folder, untilMs));
  context.output.value({ untilMs, folder });
  context.output.line(`admins of the fleet may have a shell on this machine for ${formatDurationMs(forMs)}. take it back: fogline agent deny-shell`);
};

/** `fogline agent deny-shell`: takes it back; a shell that is open ends within seconds. */
export const denyShellCommand = (context: Context, data: string | undefined): void => {
  const folder = folderOf(data, context);
  written(folder, () => removeConsent(folder));
  context.output.value({ folder });
  context.output.line("nobody may have a shell on this machine without being allowed anew; one that is open ends within seconds");
};
