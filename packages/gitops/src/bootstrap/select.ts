import { type Finding, nearest } from "@fogline/findings";
import type { Device, Fleet } from "@fogline/fleet";
import { hostContexts } from "../host/context.ts";

/** The devices that were meant, in the order of the fleet file, and those of them that nobody sets up. */
export interface Selection {
  readonly devices: readonly Device[];
  /** Named by a group and not set up: phones, machines of managed clusters. */
  readonly leftOut: readonly Device[];
  readonly findings: readonly Finding[];
}

const kinds = ["cluster", "ring", "site", "class"] as const;
type Kind = (typeof kinds)[number];

const fieldOf: { readonly [Name in Kind]: (device: Device) => string | undefined } = {
  cluster: ({ cluster }) => cluster,
  ring: ({ ring }) => ring,
  site: ({ site }) => site,
  class: ({ profile }) => (profile.kind === "known" ? profile.deviceClass : "detected"),
};

const finding = (code: string, message: string, remedy?: string): Finding => ({
  ...{ code, severity: "error", message },
  ...(remedy === undefined ? {} : { remedy }),
});

const patternOf = (word: string): RegExp => new RegExp(`^${word.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*")}$`);

/** What one word of a selector stands for: an id, a pattern with `*`, `all`, or a kind and a name. */
const meant = (fleet: Fleet, word: string): { readonly devices: readonly Device[]; readonly findings: readonly Finding[] } => {
  const [, kind, name = ""] = /^([a-z]+):(.*)$/.exec(word) ?? [];
  const known = kinds.find((one) => one === kind);
  if (kind !== undefined && known === undefined)
    return { devices: [], findings: [finding("FL4090", `${word}: devices are chosen by ${kinds.join(", ")}, not by ${kind}`)] };
  const fits = known === undefined ? patternOf(word === "all" ? "*" : word) : undefined;
  const devices = fleet.devices.filter((device) => (known === undefined ? fits?.test(device.id) : fieldOf[known](device) === name));
  if (devices.length > 0) return { devices, findings: [] };
  const candidates = known === undefined ? fleet.devices.map(({ id }) => id) : fleet.devices.flatMap((device) => fieldOf[known](device) ?? []);
  const near = nearest(known === undefined ? word : name, new Set(candidates));
  const what = known === undefined ? `device ${word}` : `device in ${known} ${name}`;
  return {
    devices: [],
    findings: [
      finding("FL4090", `the fleet has no ${what}`, near === undefined ? undefined : `Write ${known === undefined ? "" : `${known}:`}${near}.`),
    ],
  };
};

/** The devices that words stand for, all problems at once. A device that is named by its id must be one that is set up; of a group the others are left out. */
export const selectDevices = (fleet: Fleet, words: readonly string[]): Selection => {
  const provisioned = new Set(hostContexts(fleet).map(({ device }) => device.id));
  const chosen = new Set<Device>();
  const findings: Finding[] = [];
  for (const word of words) {
    const found = meant(fleet, word);
    findings.push(...found.findings);
    for (const device of found.devices) chosen.add(device);
    const [only] = found.devices;
    if (only !== undefined && only.id === word && !provisioned.has(only.id))
      findings.push(
        finding(
          "FL4091",
          `${only.id} is ${only.cluster === undefined ? `a ${only.hardware}` : `of cluster ${only.cluster}`}, which is not set up by Fogline`,
        ),
      );
  }
  const all = fleet.devices.filter((device) => chosen.has(device));
  const devices = all.filter(({ id }) => provisioned.has(id));
  const leftOut = all.filter(({ id }) => !provisioned.has(id));
  if (findings.length === 0 && devices.length === 0)
    findings.push(finding("FL4091", `none of ${leftOut.map(({ id }) => id).join(", ")} is set up by Fogline`));
  return { devices, leftOut, findings };
};
