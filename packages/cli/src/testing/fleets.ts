import fc from "fast-check";

const maybe = <Value>(arbitrary: fc.Arbitrary<Value>) => fc.option(arbitrary, { nil: undefined });
const volumes = fc.record({
  data: maybe(fc.constant({ path: "/data", keep: "1GiB" })),
  run: maybe(fc.constant({ path: "/run/app", memory: "8MiB" })),
});

/** A workload that is an image, and talks to some of those before it. */
const workload = (index: number) =>
  fc.record({
    on: fc.constantFrom("*", "edge", "far", "tier:cloud"),
    image: fc.constant(`registry.acme.example/app-${index}:1.0.${index}`),
    ports: fc.uniqueArray(fc.integer({ min: 1024, max: 9999 }), { maxLength: 2 }),
    devices: fc.subarray(["/dev/video0", "/dev/gpiochip0"]),
    volumes,
    env: fc.constant({ NUMBER: index }),
    needs: maybe(fc.record({ memory: fc.constantFrom("32MiB", "128MiB"), cpu: fc.constantFrom(0.05, "100m") })),
    health: maybe(fc.constantFrom({ command: ["check"] }, { command: ["check", "--quick"], interval: "30s" })),
    user: maybe(fc.constantFrom(1_000, 65_534)),
    talks: maybe(fc.nat({ max: Math.max(0, index - 1) })),
  });

/** Three at least: of two nodes neither has anybody to share images with when the other goes. */
const nodes = fc.array(fc.constantFrom("pi-5-8", "pi-4-4", "jetson-orin-nx-16"), { minLength: 3, maxLength: 5 });

const link = fc.constantFrom("always", "metered", "intermittent", "air-gapped");
const edgeTier = fc.constantFrom("regional-edge", "metro-edge", "access-edge");

/** A valid fleet of three clusters that nothing is wrong with: small images on boards that have room for them, over one of the four lines. */
export const fleets = fc
  .tuple(
    fc.integer({ min: 2, max: 6 }).chain((count) => fc.tuple(...Array.from({ length: count }, (_, index) => workload(index)))),
    nodes,
    nodes,
    fc.record({ connectivity: link, near: edgeTier, far: edgeTier, zram: maybe(fc.constantFrom("20%", "50%")) }),
  )
  .map(([drawn, edge, far, place]) => {
    const workloads = Object.fromEntries(
      drawn.map(({ talks, ...fields }, index) => {
        // What it talks to must run wherever it runs itself.
        const uses = talks !== undefined && talks < index && (drawn[talks]?.on === "*" || drawn[talks]?.on === fields.on) ? [`app-${talks}`] : [];
        return [`app-${index}`, { ...fields, ...(uses.length === 0 ? {} : { uses }) }];
      }),
    );
    const devices = Object.fromEntries(
      [edge, far].flatMap((boards, index) =>
        boards.map((hardware, at) => [
          `node-${index}-${at}`,
          {
            ...{ cluster: index === 0 ? "edge" : "far", hardware },
            // An agent keeps its state on the host, which is none of an SD card's work.
            ...(hardware.startsWith("pi") ? { data: "usb-ssd" } : {}),
            ...(at === 0 ? { role: "server" } : {}),
          },
        ]),
      ),
    );
    return {
      fleet: "acme",
      domain: "acme.example",
      ...(place.zram === undefined ? {} : { defaults: { host: { zram: place.zram }, workload: { env: { TZ: "UTC" } } } }),
      rings: { first: {}, last: {} },
      sites: { home: { region: "eu" }, field: { region: "eu", connectivity: place.connectivity, uplink: "home" } },
      clusters: {
        hub: { site: "home", tier: "cloud", ring: "first", kubernetes: { distribution: "managed" } },
        edge: { site: "field", tier: place.near, ring: "first" },
        far: { site: "field", tier: place.far, ring: "last" },
      },
      devices,
      workloads,
    };
  });
