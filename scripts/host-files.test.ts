import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseFleet } from "@fogline/fleet";
import { describe, expect, it } from "vitest";
import { root } from "./root.ts";

const page = readFileSync(join(root, "docs/host-files.md"), "utf8");
const example = /```yaml\ndevices:\n([\s\S]*?)```/.exec(page)?.[1] ?? "";

/** The page refines two devices; these are the ranges that they come from. */
const fleet = `fleet: demo
rings: { first: {} }
sites: { home: { region: eu-central } }
clusters: { main: { site: home, tier: access-edge, ring: first } }
devices:
  pi-[1-3]: { cluster: main, hardware: pi-5-8, data: usb-ssd }
  hub: { cluster: main, hardware: server, role: server }
  jetson-[1-2]: { cluster: main, hardware: jetson-orin-nx-16 }
`;

describe("the page about host files", () => {
  it("has an example that is valid, and in which every word of host occurs", () => {
    const { fleet: parsed, findings } = parseFleet([{ path: "clusters/fleet.yaml", text: fleet + example }]);
    expect(findings.filter(({ severity }) => severity === "error")).toEqual([]);
    const pi = parsed?.devices.find(({ id }) => id === "pi-1");
    expect(pi?.host).toMatchObject({ governor: "powersave", zramFraction: 0.25, podsMax: 40 });
    for (const word of ["governor", "clocks", "reserved", "zram", "swap", "journal", "sysctl", "taints", "kubelet", "k3s"]) {
      expect(example, word).toMatch(new RegExp(`\\b${word}:`));
    }
  });
});
