import { type Fleet, parseFleet } from "@fogline/fleet";
import { load } from "js-yaml";
import { HOST_FOLDER, hostFiles } from "../host/files.ts";

/** A fleet with a cluster `main` behind a metered line and one `office` behind a fast one; `devices` is YAML below that key, indented by two. */
export const fleetWith = (devices: string, workloads = ""): Fleet => {
  const text = `fleet: demo
domain: demo.example
rings: { first: { k3s: v1.36.3+k3s1 } }
sites:
  home: { region: eu-central, connectivity: metered }
  work: { region: eu-central }
clusters:
  main: { site: home, tier: access-edge, ring: first }
  office: { site: work, tier: metro-edge, ring: first }
  here: { site: work, tier: cloud, ring: first, local: true }
  rented: { site: work, tier: cloud, ring: first, kubernetes: { distribution: managed } }
devices:
${devices}
${workloads === "" ? "" : `workloads:\n${workloads}`}`;
  const { fleet, findings } = parseFleet([{ path: "clusters/fleet.yaml", text }]);
  const errors = findings.filter(({ severity }) => severity === "error");
  if (fleet === undefined) throw new Error(errors.map(({ message }) => message).join("; "));
  return fleet;
};

/** The files of one device by their path below its folder. */
export const filesOf = (fleet: Fleet, device: string): Record<string, string> => {
  const folder = `${HOST_FOLDER}/${device}/`;
  const own = [...hostFiles(fleet)].filter(([path]) => path.startsWith(folder));
  return Object.fromEntries(own.map(([path, text]) => [path.slice(folder.length), text]));
};

/** What a YAML file of a device says. */
export const yamlFile = (fleet: Fleet, device: string, path: string): Record<string, unknown> =>
  load(filesOf(fleet, device)[path] ?? "") as Record<string, unknown>;

/** A file's lines without those that are comments or empty. */
export const lines = (text: string | undefined): string[] => (text ?? "").split("\n").filter((line) => line !== "" && !line.startsWith("#"));
