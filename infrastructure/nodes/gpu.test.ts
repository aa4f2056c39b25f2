import { parseFleet } from "@fogline/fleet";
import { checkTree, render } from "@fogline/gitops";
import type { KubernetesObject } from "@fogline/manifests";
import { describe, expect, it } from "vitest";
import { clusterCharts } from "../index.ts";

const container = { source: "", environmentPrefix: "", build: () => undefined };
const treeOf = (gpu: string) => {
  const text = `fleet: acme
rings: { all: { k3s: v1.36.3+k3s1 } }
sites: { home: { region: eu } }
clusters: { main: { site: home, tier: cloud, ring: all } }
devices: { box: { cluster: main, hardware: detected, role: server, gpu: ${gpu} } }
`;
  const { fleet, findings } = parseFleet([{ path: "clusters/fleet.yaml", text }]);
  const [cluster] = fleet?.clusters ?? [];
  if (fleet === undefined || cluster === undefined) throw new Error(JSON.stringify(findings));
  const rendered = render(fleet, {}, { apps: {}, container, cluster: clusterCharts });
  const [tree] = rendered.trees;
  if (tree === undefined) throw new Error("no tree");
  const objects = new Map(
    tree.folders.flatMap(({ objects: all }) =>
      all.map(({ object }): [string, KubernetesObject] => [`${object.kind}/${object.metadata.name}`, object]),
    ),
  );
  return { objects, findings: [...rendered.findings, ...checkTree({ fleet, cluster, tree })] };
};

describe("a GPU that pods share", () => {
  it("through MPS has the daemon beside the plugin, both with one configuration and one place to meet", () => {
    const { objects, findings } = treeOf("{ slices: 4, sharing: mps }");
    expect(findings).toEqual([]);
    expect(objects.get("DaemonSet/nvidia-mps-control-daemon-mps-4")?.spec).toMatchObject({
      template: {
        spec: {
          nodeSelector: { "nvidia.com/device-plugin.config": "mps-4" },
          initContainers: [
            { command: ["mps-control-daemon", "mount-shm"], volumeMounts: [{ name: "mps-root", mountPropagation: "Bidirectional" }, {}] },
          ],
          containers: [{ command: ["mps-control-daemon"], securityContext: { privileged: true } }],
        },
      },
    });
    expect(objects.get("DaemonSet/nvidia-device-plugin-mps-4")?.spec).toMatchObject({
      template: {
        spec: {
          containers: [
            {
              env: [{ name: "MPS_ROOT", value: "/run/nvidia/mps" }],
              securityContext: { allowPrivilegeEscalation: false },
              volumeMounts: expect.arrayContaining([{ name: "mps-shm", mountPath: "/dev/shm" }]),
            },
          ],
        },
      },
    });
  });

  it("in turns has no daemon", () => {
    const { objects, findings } = treeOf("{ slices: 4 }");
    expect(findings).toEqual([]);
    expect([...objects.keys()].filter((name) => name.startsWith("DaemonSet/nvidia"))).toEqual(["DaemonSet/nvidia-device-plugin-time-slicing-4"]);
  });
});
