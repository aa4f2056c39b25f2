import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { connectivityNames, type FleetFile, hardware, hardwareNames, parseFleet, tierNames } from "./index.ts";

const oneOf = <Value>(values: readonly Value[]) => fc.constantFrom(...values);
/** Names of which many are something else to YAML, to JavaScript or to JSON. */
const name = oneOf([
  "a",
  "b1",
  "north-west",
  "plant-7",
  "null",
  "true",
  "no",
  "007a",
  "1e3",
  "0x1f",
  "12b",
  "constructor",
  "valueof",
  "length",
  "x".repeat(63),
  "z-9",
]);
const names = (minLength: number, maxLength = 4) => fc.uniqueArray(name, { minLength, maxLength });
const maybe = <Value>(arbitrary: fc.Arbitrary<Value>) => fc.option(arbitrary, { nil: undefined });

const duration = fc.tuple(fc.integer({ min: 1, max: 90 }), oneOf(["s", "m", "h", "d"])).map(([count, unit]) => `${count}${unit}`);
const ring = fc.record(
  {
    soak: duration,
    gate: oneOf(["healthy", "manual"]),
    skipOffline: fc.integer({ min: 0, max: 100 }).map((percent) => `${percent}%`),
    window: oneOf(["Mon-Fri 08:00-17:30 Europe/Berlin", "Sat 22:00-04:00 UTC", "Fri-Mon 00:00-23:59 America/New_York"]),
    k3s: oneOf(["v1.36.3+k3s1", "v1.35.0-rc1+k3s12"]),
  },
  { requiredKeys: [] },
);

interface Names {
  readonly rings: readonly string[];
  readonly profiles: readonly string[];
  readonly sites: readonly string[];
  readonly clusters: readonly string[];
  readonly collections: readonly string[];
}

const profile = fc.record({
  like: oneOf(connectivityNames),
  outage: maybe(duration),
  budget: maybe(oneOf(["200MB/day", "1.5GiB/week"])),
  latency: maybe(duration),
});

const site = ({ profiles, sites }: Names, index: number) =>
  fc.record({
    region: oneOf(["eu-central", "eu-west"]),
    at: maybe(fc.tuple(fc.integer({ min: -90, max: 90 }), fc.integer({ min: -180, max: 180 }))),
    // Uplinks lead to earlier sites only, so that there is no circle.
    uplink: index === 0 ? fc.constant(undefined) : maybe(oneOf(sites.slice(0, index))),
    connectivity: maybe(oneOf([...profiles, ...connectivityNames])),
  });

const cluster = ({ sites, rings }: Names, index: number) =>
  fc.record({ site: oneOf(sites), tier: oneOf(tierNames), ring: oneOf(rings), local: maybe(fc.constant(index === 0)) });

const nodeHardware = hardwareNames.filter((word) => hardware[word].kubernetes);
const mac = fc.nat(0xffffff).map(
  (number) =>
    `02:00:00:${number
      .toString(16)
      .padStart(6, "0")
      .replace(/(..)(..)(..)/, "$1:$2:$3")}`,
);

/** Each cluster gets a range with its first device as server, and the first site one device of every kind that runs the agent alone. */
const devices = ({ sites, clusters }: Names) =>
  fc
    .tuple(
      fc.array(fc.record({ count: fc.integer({ min: 1, max: 9 }), hardware: oneOf(nodeHardware) }), {
        minLength: clusters.length,
        maxLength: clusters.length,
      }),
      fc.uniqueArray(fc.record({ hardware: oneOf(hardwareNames), mac, site: oneOf(sites) }), { selector: (device) => device.mac, maxLength: 4 }),
    )
    .map(([ranges, alone]) => ({
      ...Object.fromEntries(
        ranges.flatMap(({ count, hardware: word }, index) => [
          [`node-${index}-[1-${count}]`, { cluster: clusters[index], hardware: word, address: `10.0.${index}.*` }],
          [`node-${index}-1`, { role: "server" }],
        ]),
      ),
      ...Object.fromEntries(alone.map((device, index) => [`alone-${index}`, { ...device, serial: `S-${index}` }])),
    }));

const setting = fc.oneof(fc.string({ maxLength: 5 }), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constant(null), fc.constant([true]));
const settings = fc.record({ batchMax: setting, "odd key: #": setting }, { requiredKeys: [] });
const env = fc.record({ LOG_LEVEL: fc.string({ maxLength: 8 }), COUNT: fc.integer(), FAST: fc.boolean() }, { requiredKeys: [] });

const workload = ({ clusters, collections }: Names) =>
  fc.record({
    on: fc.oneof(oneOf(clusters), fc.uniqueArray(oneOf(clusters), { minLength: 1 })),
    version: maybe(oneOf(["0.1.0", "12.0.3-rc.1+build.7"])),
    settings: maybe(settings),
    env: maybe(env),
    replicas: maybe(fc.integer({ min: 0, max: 1000 })),
    ports: maybe(fc.array(fc.integer({ min: 1, max: 65_535 }), { maxLength: 3 })),
    needs: maybe(fc.record({ memory: oneOf(["64MiB", "200MB"]), cpu: oneOf([0.1, "250m", 1]) })),
    syncs: collections.length === 0 ? fc.constant(undefined) : maybe(fc.uniqueArray(oneOf(collections))),
    aggregatesTo: maybe(oneOf(clusters)),
  });

const collection = ({ clusters }: Names) =>
  fc
    .uniqueArray(oneOf(clusters), { minLength: 2, maxLength: 2 })
    .chain(([from, to]) =>
      fc.record({ from: fc.constant(from), to: fc.constant(to), residency: maybe(oneOf(["any", "eu"])), retention: maybe(duration) }),
    );

const tableOf = <Value>(keys: readonly string[], entry: (index: number) => fc.Arbitrary<Value>) =>
  fc.tuple(...keys.map((_, index) => entry(index))).map((values) => Object.fromEntries(keys.map((key, index) => [key, values[index]])));

const tree = fc
  .record({ rings: names(1), profiles: names(0), sites: names(1), clusters: names(2, 3), workloads: names(0), collections: names(0) })
  .map(({ profiles, ...others }) => ({ ...others, profiles: profiles.filter((word) => !connectivityNames.some((builtIn) => builtIn === word)) }))
  .chain((all) =>
    fc.record({
      fleet: name,
      rings: tableOf(all.rings, () => ring),
      connectivity: tableOf(all.profiles, () => profile),
      sites: tableOf(all.sites, (index) => site(all, index)),
      clusters: tableOf(all.clusters, (index) => cluster(all, index)),
      devices: devices(all),
      workloads: tableOf(all.workloads, () => workload(all)),
      collections: tableOf(all.collections, () => collection(all)),
    }),
  );

/** The tree as text in one of two styles, with the devices in a file of their own or not. */
const files: fc.Arbitrary<FleetFile[]> = fc
  .record({ tree, flow: fc.boolean(), apart: fc.boolean() })
  .map(({ tree: { devices: declared, ...rest }, flow, apart }) => {
    const write = (value: object) => `# generated\n${stringify(value, { collectionStyle: flow ? "flow" : "block", aliasDuplicateObjects: false })}`;
    const main = { path: "clusters/fleet.yaml", text: write(apart ? rest : { ...rest, devices: declared }) };
    return apart ? [main, { path: "clusters/fleet.d/devices.yaml", text: write({ devices: declared }) }] : [main];
  });

describe("a generated valid fleet", () => {
  it("has no finding, in 1,000 cases", () => {
    fc.assert(
      fc.property(files, (written) => {
        const { fleet, findings } = parseFleet(written);
        expect(findings).toEqual([]);
        expect(Object.isFrozen(fleet?.devices)).toBe(true);
        for (const device of fleet?.devices ?? []) {
          expect(fleet?.sites.some((candidate) => candidate.name === device.site)).toBe(true);
          expect(device.connectivity.certificateRenewBeforeMs).toBeGreaterThan(device.connectivity.outageMs);
        }
      }),
      { numRuns: 1000 },
    );
  }, 120_000);
});

describe("text that is no fleet", () => {
  const noise = fc.oneof(
    fc.string({ unit: "binary" }),
    fc
      .array(
        oneOf([
          "fleet",
          ": ",
          "{",
          "}",
          "[",
          "]",
          "\n",
          "  ",
          "\t",
          "&a",
          "*a",
          "- ",
          "!!map",
          "<<",
          "? ",
          "|",
          ">",
          "'",
          '"',
          "devices",
          "__proto__",
          "#",
          "null",
          "~",
          "\r",
        ]),
        { maxLength: 30 },
      )
      .map((parts) => parts.join("")),
    fc.object().map((value) => JSON.stringify(value)),
  );

  it("gives findings with places, and never throws", () => {
    fc.assert(
      fc.property(noise, noise, (first, second) => {
        const { findings } = parseFleet([
          { path: "a.yaml", text: first },
          { path: "b.yaml", text: second },
        ]);
        expect(findings.length).toBeGreaterThan(0);
        for (const { place } of findings) expect(place?.line).toBeGreaterThan(0);
      }),
      { numRuns: 500 },
    );
  });

  it("is refused when it is made to exhaust memory or stack", () => {
    const bomb = `a: &a [x, x]\n${Array.from({ length: 25 }, (_, index) => `k${index}: &k${index} [${index === 0 ? "*a, *a" : `*k${index - 1}, *k${index - 1}`}]`).join("\n")}\n`;
    const codes = [bomb, "[".repeat(100_000), `a: ${"{a: ".repeat(20_000)}`, "x".repeat(3_000_000), "? ".repeat(50_000)].map(
      (text) => parseFleet([{ path: "clusters/fleet.yaml", text }]).findings[0]?.code,
    );
    for (const code of codes) expect(code).toMatch(/^FL100[14]$/);
  });
});
