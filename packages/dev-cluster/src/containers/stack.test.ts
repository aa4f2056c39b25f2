import { load } from "js-yaml";
import { describe, expect, it } from "vitest";
import { fleetForStack } from "./stack.ts";

describe("the fleet file that the stack of a dev cluster reads", () => {
  it("has the site always connected and names no certificate, and is otherwise as it was", () => {
    const text =
      "fleet: acme\nsites:\n  plant: { connectivity: lte, region: eu }\n  office: { region: eu }\nclusters:\n  edge: { site: plant, kubernetes: { distribution: k3s, fingerprint: 'sha256:ab' } }\n  dev: { site: office }\n";
    expect(load(fleetForStack(text, "edge", "plant"))).toEqual({
      fleet: "acme",
      sites: { plant: { connectivity: "always", region: "eu" }, office: { region: "eu" } },
      clusters: { edge: { site: "plant", kubernetes: { distribution: "k3s" } }, dev: { site: "office" } },
    });
  });
});
