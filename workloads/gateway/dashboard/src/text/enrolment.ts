import type { Enrolment, NodeRecord } from "@fogline/contracts";
import { byName, counted, durationText } from "./format.ts";
import { typed } from "./shell-words.ts";

/** A device of the fleet that has not come in yet. */
export const waits = ({ status }: NodeRecord): boolean => status === "never-seen";

export const waitingOf = (nodes: Iterable<NodeRecord>): readonly NodeRecord[] =>
  [...nodes].filter(waits).sort((a, b) => byName(a.site, b.site) || byName(a.id, b.id));

const namedMax = 4;

/** Which devices are awaited, in one sentence. */
export const enrolAnswer = (nodes: readonly NodeRecord[]): string => {
  if (nodes.length === 0) return "No device is in the fleet yet: try one that is simulated, or add one of your own";
  const waiting = waitingOf(nodes);
  if (waiting.length === 0) return `Every device of the fleet has come in: ${counted(nodes.length, "device")}`;
  const names = waiting.slice(0, namedMax).map(({ id }) => id);
  const more = waiting.length > namedMax ? ` and ${waiting.length - namedMax} more` : "";
  return `${counted(waiting.length, "device waits", "devices wait")} to be enrolled: ${names.join(", ")}${more}`;
};

/** How long a token can still be used. */
export const remainingText = ({ expiresAtMs, usedAtMs }: Pick<Enrolment, "expiresAtMs" | "usedAtMs">, nowMs: number): string => {
  if (usedAtMs !== null) return "used";
  return expiresAtMs <= nowMs ? "expired" : `${durationText(expiresAtMs - nowMs)} left`;
};

/** What a person has put into the form of a device that is not in the fleet yet. */
export interface DeviceForm {
  readonly id: string;
  readonly hardware: string;
  readonly site: string;
}

export type DeviceFormProblems = Partial<Record<keyof DeviceForm, string>>;

const idPattern = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

export const problemsOfDevice = ({ id, hardware }: DeviceForm, taken: (id: string) => boolean): DeviceFormProblems => ({
  ...(!idPattern.test(id) ? { id: "lower case letters, digits and dashes, like pi-7" } : taken(id) ? { id: `there is a device ${id} already` } : {}),
  ...(hardware === "" ? { hardware: "what it is, like pi-5-8" } : {}),
});

/** What adds the device to the fleet file. */
export const addDeviceCommand = ({ id, hardware, site }: DeviceForm): string =>
  typed([
    "npx",
    "fogline",
    "fleet",
    "add-device",
    id === "" ? "pi-7" : id,
    "--hardware",
    hardware === "" ? "pi-5-8" : hardware,
    ...(site === "" ? [] : ["--site", site]),
  ]);
