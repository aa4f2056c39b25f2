import { Listr } from "listr2";
import type { Output } from "../output.ts";
import type { Progress } from "./run.ts";
import { countsText, durationText, totalOf } from "./show.ts";
import type { DeviceState } from "./state.ts";

/** A progress that is shown, and how to end the showing of it. */
export interface ShownProgress extends Progress {
  finish(): Promise<void>;
}

const endText = (state: DeviceState): string =>
  `${state.standing}  ${countsText(totalOf(state.roles))}${state.startedAtMs === undefined ? "" : `  ${durationText(state)}`}`;

/** One line when a device begins, one for each role, one when it ends: for logs, pipes and fleets that are taller than the terminal. */
export const linesProgress = (output: Output, devices: readonly string[]): ShownProgress => {
  const width = Math.max(...devices.map((device) => device.length));
  const roles = new Map<string, string>();
  const say = (device: string, text: string): void => output.line(`  ${device.padEnd(width)}  ${text}`);
  return {
    began: (device) => say(device, "begins"),
    event: (device, event) => {
      if (event.event !== "begin" || event.role === "" || event.role === "plan" || roles.get(device) === event.role) return;
      roles.set(device, event.role);
      say(device, event.role);
    },
    ended: (device, state) => say(device, endText(state)),
    finish: async () => undefined,
  };
};

/** One line a device that says which task it is at, drawn anew in place. */
export const liveProgress = (devices: readonly string[]): ShownProgress => {
  const slots = new Map(devices.map((device) => [device, { ...Promise.withResolvers<DeviceState>(), say: (_text: string): void => undefined }]));
  const width = Math.max(...devices.map((device) => device.length));
  const list = new Listr(
    devices.map((device) => ({
      title: `${device.padEnd(width)}  waits`,
      task: async (_context, task) => {
        const slot = slots.get(device);
        if (slot === undefined) return;
        slot.say = (text) => {
          task.title = `${device.padEnd(width)}  ${text}`;
        };
        const state = await slot.promise;
        slot.say(endText(state));
        if (state.standing !== "done") throw new Error(state.standing);
      },
    })),
    // Which device may work when is decided elsewhere; here all of them are shown.
    { concurrent: true, exitOnError: false, rendererOptions: { showErrorMessage: false, collapseErrors: false } },
  );
  const shown = list.run();
  return {
    began: (device) => slots.get(device)?.say("begins"),
    event: (device, event) => {
      if (event.event === "begin" && event.role !== "") slots.get(device)?.say(`${event.role}: ${event.task}`);
    },
    ended: (device, state) => slots.get(device)?.resolve(state),
    finish: async () => void (await shown.catch(() => undefined)),
  };
};
