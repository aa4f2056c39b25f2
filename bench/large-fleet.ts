import { stringify } from "yaml";

const tiers = ["metro-edge", "access-edge", "regional-edge"] as const;
const boards = ["pi-5-8", "jetson-orin-nx-16", "pi-5-16", "jetson-agx-orin-32", "server", "pi-4-8"] as const;
const links = ["metered", "intermittent", "always"] as const;
/** Devices in each cluster of a large fleet. */
export const devicesPerCluster = 10;

const of = <Value>(values: readonly Value[], index: number): Value => values[index % values.length] as Value;

/** Data on an SD card is refused, so a Pi has a disk for it. */
const dataOn = (board: (typeof boards)[number]): { data?: "usb-ssd" } => (board.startsWith("pi-") ? { data: "usb-ssd" } : {});

/** A fleet of so many clusters with ten devices each, of which no two are alike: another board, link, tier, settings and workloads in each. */
export const largeFleet = (clusters: number): string => {
  const numbers = Array.from({ length: clusters }, (_, index) => index);
  const named = <Entry>(prefix: string, entry: (index: number) => Entry): Record<string, Entry> =>
    Object.fromEntries(numbers.map((index) => [`${prefix}-${index}`, entry(index)]));
  const fleet = {
    fleet: "large",
    domain: "large.example",
    rings: { canary: { soak: "1h", k3s: "v1.36.3+k3s1" }, early: { soak: "6h", k3s: "v1.36.3+k3s1" }, stable: { k3s: "v1.36.3+k3s1" } },
    connectivity: named("link", (index) => ({
      like: of(links, index),
      outage: `${24 + (index % 48)}h`,
      bandwidth: `${2 + (index % 30)}Mbit/s`,
      interval: `${10 + (index % 50)}m`,
    })),
    sites: named("site", (index) => ({ region: `eu-${index % 9}`, connectivity: `link-${index}` })),
    clusters: named("cluster", (index) => ({
      site: `site-${index}`,
      tier: of(tiers, index),
      ring: of(["canary", "early", "stable"], index),
      workloads: { agent: { settings: { heartbeatMs: 30_000 + index } }, reader: { env: { PLANT: `plant ${index}` } } },
    })),
    devices: Object.fromEntries(
      numbers.flatMap((index) => [
        [
          `node-${index}-[1-${devicesPerCluster}]`,
          { cluster: `cluster-${index}`, hardware: of(boards, index), address: `10.${index >> 8}.${index & 255}.*`, ...dataOn(of(boards, index)) },
        ],
        [`node-${index}-1`, { role: "server" }],
      ]),
    ),
    workloads: {
      agent: { on: "*", version: "0.1.0" },
      reader: {
        on: "*",
        image: "registry.large.example/reader:1.4.2",
        ports: [8_080],
        needs: { memory: "128MiB", cpu: 0.1 },
        health: { http: "/healthz" },
        volumes: { kept: { path: "/var/lib/reader", keep: "1GiB" }, layout: { path: "/etc/reader", files: { "reader.json": '{ "interval": 5 }' } } },
      },
      panel: { on: "tier:access-edge", image: "registry.large.example/panel:2.0.0", ports: [8_088], uses: ["reader"], replicas: 2 },
      eyes: { on: "tier:regional-edge", image: "registry.large.example/eyes:0.9.1", devices: ["/dev/video0"], needs: { memory: "512MiB" } },
      sums: { on: "tier:metro-edge", image: "registry.large.example/sums:3.1.0", env: { WINDOW: "60" }, needs: { memory: "256MiB" } },
    },
  };
  return `# A fleet to measure.\n${stringify(fleet)}`;
};
