import { describe, expect, it } from "vitest";
import { decommissionSteps, type Left, replaceSteps } from "./next-steps.ts";

const node: Left = { id: "pi-4", inFleet: true, provisioned: true, cluster: "edge-pi", peers: ["gate", "pi-1"] };
const phone: Left = { id: "phone", inFleet: true, provisioned: false, peers: [] };
const commands = (steps: readonly { readonly command: string }[]) => steps.map(({ command }) => command);

describe("what continues after a device was locked out", () => {
  it("takes it out of the fleet, of its peers and of its cluster, and changes the cluster's keys", () => {
    expect(commands(decommissionSteps(node))).toEqual([
      "fogline device decommission pi-4 --from-fleet",
      "ssh-keygen -R pi-4 -f clusters/facts/known_hosts",
      'fogline render && git commit -am "pi-4 is gone"',
      "fogline bootstrap gate pi-1 --only wireguard",
      "kubectl --context edge-pi delete node pi-4",
      "fogline cluster init edge-pi --new-key",
      "fogline secret rotate edge-pi",
      "fogline cluster rotate-token edge-pi --yes",
    ]);
    expect(commands(decommissionSteps({ ...node, inFleet: false }))[0]).toBe("ssh-keygen -R pi-4 -f clusters/facts/known_hosts");
  });
});

describe("what makes a new board the device", () => {
  it("is an image, a commit, a bootstrap, and in the mesh its new key", () => {
    expect(commands(replaceSteps(node, ""))).toEqual([
      "kubectl --context edge-pi delete node pi-4",
      "fogline device image pi-4 --to <medium>",
      'fogline render && git commit -am "pi-4 is a new board"',
      "fogline bootstrap pi-4",
      'fogline render && git commit -am "pi-4 has a new key of the mesh"',
      "fogline bootstrap gate pi-1 pi-4 --only wireguard",
    ]);
    expect(commands(replaceSteps({ ...node, cluster: undefined as never, peers: [] }, "")).at(-1)).toBe("fogline bootstrap pi-4");
  });

  it("is its own command where nobody sets it up", () => {
    expect(commands(replaceSteps(phone, "npx fogline agent --token fle_x"))).toEqual(["npx fogline agent --token fle_x"]);
  });
});
