import { parseFleet } from "@fogline/fleet";
import { describe, expect, it } from "vitest";
import { filesOf, lines } from "../testing/hosts.ts";

const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKsSQ5pMyXTp9aHVGGQ1FFGKbT8nz8Ct6kOd5TQDqn0r anna";
const parsed = (access: string) =>
  parseFleet([
    {
      path: "clusters/fleet.yaml",
      text: `fleet: demo
${access}
rings: { all: {} }
sites: { home: { region: eu-central } }
clusters: { here: { site: home, tier: cloud, ring: all, local: true } }
devices:
  pi: { site: home, hardware: pi-5-8 }
  notebook: { site: home, hardware: laptop }
  root: { site: home, hardware: server, host: { ssh: { user: root } } }
`,
    },
  ]);
const keysOf = (access: string, device: string): string[] | undefined => {
  const { fleet } = parsed(access);
  const text = fleet === undefined ? undefined : filesOf(fleet, device)["ssh/authorized_keys"];
  return text === undefined ? undefined : lines(text);
};

describe("who signs in on a machine", () => {
  it("is whom the fleet file names, as the user that it names, also on somebody's machine", () => {
    expect(keysOf(`access: { keys: ["${key}"] }`, "pi")).toEqual([key]);
    expect(keysOf(`access: { keys: ["${key}"] }`, "notebook")).toEqual([key]);
  });

  it("stays what it is where the fleet file names nobody, or another user signs in", () => {
    expect(keysOf("access: { user: keeper }", "pi")).toBeUndefined();
    expect(keysOf(`access: { keys: ["${key}"] }`, "root")).toBeUndefined();
  });

  it("is never nobody", () => {
    expect(parsed("access: { keys: [] }").findings).toMatchObject([{ code: "FL1023", place: { path: "access.keys" } }]);
  });
});
