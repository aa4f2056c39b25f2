import { type Fleet, parseFleet } from "@fogline/fleet";
import { describe, expect, it } from "vitest";
import { planArtifact, takesArtifact } from "./plan.ts";

const text = `
fleet: acme
domain: acme.example
registry: registry.acme.example:5000
repository: https://git.acme.example/fleet.git
rings: { canary: { soak: 2h, gate: healthy }, stable: { gate: healthy } }
sites:
  headquarters: { region: eu-central }
  plant: { region: eu-central, connectivity: metered }
  cave: { region: eu-central, connectivity: air-gapped }
clusters:
  cloud: { site: headquarters, tier: cloud, ring: stable }
  pi: { site: plant, tier: access-edge, ring: stable }
  pi-2: { site: plant, tier: access-edge, ring: canary }
  deep: { site: cave, tier: access-edge, ring: stable }
`;
const fleet = parseFleet([{ path: "clusters/fleet.yaml", text }]).fleet as Fleet;
const clusterOf = (name: string) => fleet.clusters.find((one) => one.name === name) ?? expect.fail(`no cluster ${name}`);
const files = new Map(
  ["clusters/pi/b.yaml", "clusters/pi/a.yaml", "clusters/pi-2/c.yaml", "clusters/secrets/pi/d.sops.yaml", "clusters/fleet.yaml"].map((path) => [
    path,
    path,
  ]),
);
const commit = { revision: "0123456789abcdef0123456789abcdef01234567", committedAtMs: Date.UTC(2026, 10, 26, 6, 0, 0, 999) };
const source = { fleet, files, commit, branch: "main", moveRing: false };

describe("the artifact of a cluster", () => {
  it("holds its own folder and nothing else, also where another name begins like its own", () => {
    expect([...planArtifact(clusterOf("pi"), source).files.keys()]).toEqual(["clusters/pi/a.yaml", "clusters/pi/b.yaml"]);
    expect([...planArtifact(clusterOf("pi-2"), source).files.keys()]).toEqual(["clusters/pi-2/c.yaml"]);
  });

  it("goes to a repository of its own, where the cluster's source looks for it", () => {
    expect(planArtifact(clusterOf("pi"), source)).toMatchObject({ registry: "registry.acme.example:5000", name: "acme/clusters/pi", ring: "stable" });
  });

  it("says which commit it is and when that was made, as `flux push artifact` does", () => {
    expect(planArtifact(clusterOf("pi"), source)).toMatchObject({
      created: "2026-11-26T06:00:00Z",
      annotations: {
        "org.opencontainers.image.created": "2026-11-26T06:00:00Z",
        "org.opencontainers.image.revision": `main@sha1:${commit.revision}`,
        "org.opencontainers.image.source": "https://git.acme.example/fleet.git",
      },
    });
  });

  it("is called like its commit, and like its ring only when the ring shall have it", () => {
    expect(planArtifact(clusterOf("pi"), source).tags).toEqual(["0123456789ab"]);
    expect(planArtifact(clusterOf("pi-2"), { ...source, moveRing: true }).tags).toEqual(["0123456789ab", "canary"]);
  });

  it("is for those on a line that is metered or breaks; others follow a branch or get bundles", () => {
    expect(fleet.clusters.filter(takesArtifact).map(({ name }) => name)).toEqual(["pi", "pi-2"]);
  });
});
