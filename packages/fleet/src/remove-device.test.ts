import { describe, expect, it } from "vitest";
import { declaredDevices } from "./declared.ts";
import { readFleetDocument } from "./document.ts";
import { removeDevice } from "./index.ts";
import { orchard as fleet } from "./testing/orchard.ts";

const path = "clusters/fleet.yaml";
const without = (id: string, text = fleet): string => {
  const result = removeDevice([{ path, text }], id);
  if (!result.ok) throw new Error(JSON.stringify(result.failure));
  expect(result.value.map((file) => file.path)).toEqual([path]);
  return result.value[0]?.text ?? "";
};
const idsIn = (text: string) => declaredDevices(readFleetDocument([{ path, text }])).map(({ id }) => id);

describe("removeDevice", () => {
  it("takes an entry out with all its lines, and leaves every other letter", () => {
    const text = without("tractor");
    expect(text).toBe(fleet.replace("  tractor:\n    site: farm\n    hardware: tablet     # screen is broken\n", ""));
  });

  it("shortens a range at its end, and splits it in its middle", () => {
    expect(without("pi-3")).toBe(fleet.replace("pi-[1-3]:", "pi-[1-2]:"));
    const line = "{ cluster: pis, hardware: pi-5-8, address: 10.0.0.* }   # bought in spring\n";
    expect(without("pi-2")).toContain(`  pi-[1-1]:   ${line}  pi-[3-3]:   ${line}  pi-1:`);
    expect(idsIn(without("pi-2")).toSorted()).toEqual(["pi-1", "pi-3", "tractor"]);
  });

  it("takes out what refines a device of a range, too", () => {
    const text = without("pi-1");
    expect(text).toContain("pi-[2-3]:");
    expect(text).not.toContain("role: server");
    expect(idsIn(text)).toEqual(["pi-2", "pi-3", "tractor"]);
  });

  it("is refused for a device that is not there, and changes nothing", () => {
    for (const id of ["pi-4", "pi-01", "nowhere"])
      expect(removeDevice([{ path, text: fleet }], id)).toMatchObject({ ok: false, failure: [{ code: "FL1042" }] });
  });

  it("is refused where the fleet would not be valid without it", () => {
    const pinned = fleet.replace("web: { on: pis", "web: { on: [pis, tractor]");
    const result = removeDevice([{ path, text: pinned }], "tractor");
    expect(result.ok).toBe(false);
  });
});
