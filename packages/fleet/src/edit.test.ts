import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addDevice, parseFleet } from "./index.ts";
import { orchard as fleet } from "./testing/orchard.ts";

const added = (text: string, ...rest: Parameters<typeof addDevice> extends [string, ...infer Rest] ? Rest : never): string => {
  const result = addDevice(text, ...rest);
  if (!result.ok) throw new Error(JSON.stringify(result.failure));
  return result.value;
};

describe("addDevice", () => {
  it("adds one line after the last device and changes nothing else", () => {
    const text = added(fleet, { id: "phone", site: "farm", hardware: "smartphone" });
    const line = "  phone: { site: farm, hardware: smartphone }\n";
    expect(text).toContain(`screen is broken\n${line}`);
    expect(text.replace(line, "")).toBe(fleet);
  });

  it("gives a file in which the device is found", () => {
    const text = added(fleet, { id: "eye-[1-2]", cluster: "pis", hardware: "pi-4-4", address: "10.0.1.*", labels: { row: "3" } });
    const devices = parseFleet([{ path: "clusters/fleet.yaml", text }]).fleet?.devices ?? [];
    expect(devices.map(({ id }) => id)).toEqual(["pi-1", "pi-2", "pi-3", "tractor", "eye-1", "eye-2"]);
    expect(devices.at(-1)).toMatchObject({ address: "10.0.1.2", labels: { row: "3" } });
  });

  it.each([
    ["there is no devices key", "fleet: a\nrings: { only: {} }\nsites: { farm: { region: eu } }\nclusters: {}"],
    ["devices is empty", "fleet: a\nrings: { only: {} }\nsites: { farm: { region: eu } }\nclusters: {}\ndevices: {} # none yet\n"],
    ["the file is one flow mapping", "{ fleet: a, rings: { only: {} }, sites: { farm: { region: eu } }, clusters: {}, devices: {} }"],
    [
      "the last device ends the file without a newline",
      "fleet: a\nrings: { only: {} }\nsites: { farm: { region: eu } }\nclusters: {}\ndevices:\n    a: { site: farm, hardware: laptop } # mine",
    ],
    [
      "lines end with CRLF",
      "fleet: a\r\nrings: { only: {} }\r\nsites: { farm: { region: eu } }\r\ndevices:\r\n  a: { site: farm, hardware: laptop }\r\nclusters: {}\r\n",
    ],
  ])("works when %s", (_case, text) => {
    const edited = added(text, { id: "b", site: "farm", hardware: "desktop" });
    expect(parseFleet([{ path: "clusters/fleet.yaml", text: edited }]).fleet?.devices.at(-1)?.id).toBe("b");
    for (const comment of text.match(/# .*/g) ?? []) expect(edited).toContain(comment);
  });

  it("quotes what YAML would read as something else", () => {
    const text = added(fleet, { id: "phone", site: "farm", hardware: "smartphone", serial: "0123: # {x}" });
    expect(parseFleet([{ path: "clusters/fleet.yaml", text }]).fleet?.devices.at(-1)?.serial).toBe("0123: # {x}");
  });

  it.each([
    ["is there already", { id: "pi-2", cluster: "pis", hardware: "pi-5-8" }, "FL1042"],
    ["overlaps a range", { id: "pi-[3-5]", cluster: "pis", hardware: "pi-5-8" }, "FL1042"],
    ["names an unknown cluster", { id: "b", cluster: "pies", hardware: "pi-5-8" }, "FL1031"],
    ["has no name", { id: "", site: "farm", hardware: "laptop" }, "FL1014"],
    ["is too many", { id: "x-[1-99999999]", site: "farm", hardware: "laptop" }, "FL1041"],
  ])("refuses a device that %s", (_case, device, code) => {
    const result = addDevice(fleet, device);
    expect(result.ok ? [] : result.failure.map((finding) => finding.code)).toEqual([code]);
  });

  it("refuses a file that cannot be read", () => {
    const result = addDevice("fleet: {", { id: "b", site: "farm", hardware: "laptop" });
    expect(result.ok ? [] : result.failure.map((finding) => finding.code)).toEqual(["FL1001"]);
  });

  it.each(["", "- a", "fleet: a\nrings: { only: {} }\nsites: {}\nclusters: {}\ndevices: 5\n"])(
    "refuses %j, which has no place for a device",
    (text) => {
      expect(addDevice(text, { id: "b", site: "farm", hardware: "laptop" }).ok).toBe(false);
    },
  );

  it("refuses any words that do not fit, or adds exactly one line", () => {
    const word = fc.oneof(
      fc.string({ unit: "binary", maxLength: 12 }),
      fc.constantFrom("a\nb: c", "x: { y", "#", "b", "__proto__", "[1-2]", "q-[1-2]", "&a", "- "),
    );
    fc.assert(
      fc.property(word, word, (id, serial) => {
        const result = addDevice(fleet, { id, site: "farm", hardware: "laptop", serial });
        if (!result.ok) return result.failure.length > 0;
        const lines = result.value.split("\n");
        return lines.length === fleet.split("\n").length + 1 && fleet.split("\n").every((line) => lines.includes(line));
      }),
      { numRuns: 200 },
    );
  });

  it("sees what the other files declare", () => {
    const others = [{ path: "clusters/fleet.d/north.yaml", text: "sites:\n  north: { region: eu }\n" }];
    expect(added(fleet, { id: "b", site: "north", hardware: "laptop" }, { others })).toContain("  b: { site: north, hardware: laptop }");
  });
});
