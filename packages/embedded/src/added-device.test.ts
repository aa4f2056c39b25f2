import { readFileSync } from "node:fs";
import { type Fleet, parseFleet } from "@fogline/fleet";
import { describe, expect, it } from "vitest";
import { addedMax, planAdded } from "./added-device.ts";

const text = readFileSync(new URL("../../../clusters/fleet.yaml", import.meta.url), "utf8");
const fleet = parseFleet([{ path: "clusters/fleet.yaml", text }]).fleet as Fleet;
const none = new Set<string>();

describe("a simulated device that is asked for", () => {
  it("is what its hardware is, at the first site unless another is named", () => {
    expect(planAdded({ id: "extra" }, fleet, none)).toMatchObject({
      ok: true,
      value: { declaration: { id: "extra", site: fleet.sites[0]?.name, cluster: null, hardware: "pi-5-8", tier: "access-edge" } },
    });
    expect(planAdded({ id: "extra", hardware: "smartphone", site: "plant-7" }, fleet, none)).toMatchObject({
      ok: true,
      value: { declaration: { site: "plant-7", region: "eu-central", hardware: "smartphone" }, profile: { battery: true } },
    });
  });

  it("is refused when its name is taken, by the fleet or by another", () => {
    expect(planAdded({ id: "pi-1" }, fleet, none)).toMatchObject({ ok: false, failure: { error: "idTaken", code: "FL4005" } });
    expect(planAdded({ id: "extra" }, fleet, new Set(["extra"]))).toMatchObject({ ok: false, failure: { error: "idTaken" } });
  });

  it("is refused when nobody knows its hardware, and told what is known", () => {
    for (const hardware of ["pi-9", "detected", "toString"]) {
      const refused = planAdded({ id: "extra", hardware }, fleet, none);
      expect(refused).toMatchObject({ ok: false, failure: { error: "unknownHardware", code: "FL4004" } });
      expect(refused.ok ? "" : refused.failure.message).toContain(`no hardware profile "${hardware}"; those known: jetson-orin-nano-4, `);
    }
  });

  it("is refused where it cannot be: at no such site, without a fleet, and beside too many", () => {
    const why = (planned: ReturnType<typeof planAdded>) => (planned.ok ? "" : planned.failure.message);
    expect(why(planAdded({ id: "extra", site: "moon" }, fleet, none))).toContain('no site "moon"; those known: ');
    expect(why(planAdded({ id: "extra" }, undefined, none))).toContain("no fleet is applied yet");
    const many = new Set(Array.from({ length: addedMax }, (_, index) => `extra-${index}`));
    expect(why(planAdded({ id: "extra" }, fleet, many))).toContain("500 devices were added already, the limit is 500");
  });

  it("reports as seldom as its site's line wants, and as often as the hub wants where it wants nothing", () => {
    const lines = ["office: { region: eu }", "plant: { region: eu, connectivity: intermittent }"];
    const file = `fleet: acme\ndomain: edge.acme.example\nrings: { canary: {} }\nsites:\n${lines.map((line) => `  ${line}\n`).join("")}clusters: { hub: { site: office, tier: cloud, ring: canary } }\n`;
    const { fleet: small } = parseFleet([{ path: "clusters/fleet.yaml", text: file }]);
    const interval = (site: string) => {
      const planned = planAdded({ id: "extra", site }, small, none);
      return planned.ok ? planned.value.declaration.reportIntervalMs : planned.failure.message;
    };
    expect([interval("plant"), interval("office")]).toEqual([60_000, undefined]);
  });
});
