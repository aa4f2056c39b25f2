import { describe, expect, it } from "vitest";
import { meshFleet } from "../../testing/mesh.ts";
import { planRotation } from "./rotation.ts";

const fleet = meshFleet([
  "  pi-1: { cluster: main, role: server, hardware: pi-5-8, address: 10.7.1.1 }",
  "  gate: { site: work, hardware: server, endpoint: gate.demo.example }",
  "  barn: { site: barn, hardware: pi-4-8 }",
  "  stranger: { site: work, hardware: laptop }",
]);
const keys = new Map([
  ["pi-1", "one"],
  ["gate", "two"],
]);
const plan = (...ids: string[]) =>
  planRotation(
    fleet,
    fleet.devices.filter(({ id }) => ids.includes(id)),
    keys,
  );

describe("new keys of the mesh", () => {
  it("name who has to be told, which are the peers that have a key", () => {
    expect(plan("gate", "pi-1")).toEqual({
      steps: [
        { device: "pi-1", key: "one", peers: ["gate"] },
        { device: "gate", key: "two", peers: ["pi-1"] },
      ],
      findings: [],
    });
  });

  it("leave out who is not in the mesh, and are refused where that is everybody", () => {
    expect(plan("pi-1", "stranger").steps.map(({ device }) => device)).toEqual(["pi-1"]);
    expect(plan("stranger")).toMatchObject({ steps: [], findings: [{ code: "FL4178", message: "stranger is not in the mesh" }] });
  });

  it("are refused for a device that has none yet, whatever else was chosen", () => {
    expect(plan("pi-1", "barn").findings).toMatchObject([
      { code: "FL4178", object: "barn", remedy: "Run `fogline bootstrap barn`, which makes its first one." },
    ]);
  });
});
