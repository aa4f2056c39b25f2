import { describe, expect, it } from "vitest";
import { parseFleet } from "../index.ts";

const findingsOf = (rest: string, clusters = "") =>
  parseFleet([
    {
      path: "clusters/fleet.yaml",
      text: `fleet: demo
rings: { first: {}, last: {} }
sites: { home: { region: eu-central }, abroad: { region: us-east }, branch: { region: us-east, residency: eu } }
clusters:
  main: { site: home, tier: cloud, ring: first }
  other: { site: branch, tier: metro-edge, ring: last }
${clusters}${rest}`,
    },
  ]).findings;

const brief = (rest: string, clusters = "") => findingsOf(rest, clusters).map(({ code, place }) => `${code} ${place?.path}`);
const messages = (rest: string, clusters = "") => findingsOf(rest, clusters).map(({ message }) => message);

describe("a misspelt key", () => {
  it.each([
    ["devices: { a: { cluter: main, hardware: server } }", "FL1010 devices.a.cluter"],
    ["devices: { a: { sit: home, hardware: server } }", "FL1010 devices.a.sit"],
    ["devices: { a: { cluster: main, hardware: server, rle: server } }", "FL1010 devices.a.rle"],
    ["collections: { a: { frm: main, to: other } }", "FL1010 collections.a.frm"],
  ])("in %s is told once, without what is missing because of it", (text, expected) => {
    expect(brief(text)).toEqual([expected]);
  });

  it("that resembles nothing lists what is known, and what is missing is told as well", () => {
    const found = findingsOf("collections: { a: { zzz: main, to: other } }");
    expect(found.map(({ code }) => code).toSorted()).toEqual(["FL1010", "FL1012"]);
    expect(found.find(({ code }) => code === "FL1010")?.remedy).toBe("Remove it; known here: from, to, residency, retention.");
  });
});

describe("references", () => {
  it("are checked wherever a cluster is named", () => {
    expect(
      brief(`workloads:
  a: { on: { eye: nowhere }, pattern: hybrid }
  b: { on: main, aggregatesTo: nowhere }
collections:
  c: { from: nowhere, to: [main, elsewhere] }
`),
    ).toEqual(["FL1031 workloads.a.on.eye", "FL1031 workloads.b.aggregatesTo", "FL1031 collections.c.from", "FL1031 collections.c.to.1"]);
  });

  it("name the nearest, or what there is", () => {
    const remedies = findingsOf("workloads: { a: { on: [mian, zzz] } }").map(({ remedy }) => remedy);
    expect(remedies).toEqual(["Write main.", "Known: main, other."]);
  });

  it("to an entry with a mistake of its own are fine", () => {
    expect(brief("workloads: { a: { on: third } }", "  third: 3\n")).toEqual(["FL1011 clusters.third"]);
  });
});

describe("servers of a cluster", () => {
  const two = "  x-[1-2]: { cluster: third, hardware: server }\n";
  it.each([
    ["the local one", "  third: { site: home, tier: cloud, ring: first, local: true }\n"],
    ["one that somebody else manages", "  third: { site: home, tier: cloud, ring: first, kubernetes: { distribution: managed } }\n"],
  ])("are not asked of %s", (_which, cluster) => {
    expect(brief(`devices:\n${two}`, cluster)).toEqual([]);
  });

  it("are warned about when missing or even, which refuses nothing", () => {
    const cluster = "  third: { site: home, tier: cloud, ring: first }\n";
    expect(findingsOf(`devices:\n${two}`, cluster)).toMatchObject([{ code: "FL1055", severity: "warning", remedy: "Give x-1 role: server." }]);
    expect(messages(`devices:\n${two.replace(" }", ", role: server }")}`, cluster)).toEqual([
      "third has 2 servers, which survive no more failures than 1",
    ]);
    expect(brief(`devices:\n${two}  x-2: { role: server }\n`, cluster)).toEqual([]);
  });
});

describe("residency", () => {
  it("is the site's own, or its region up to the first hyphen", () => {
    expect(brief("collections: { a: { from: main, to: other, residency: eu } }")).toEqual([]);
    expect(messages("collections: { a: { from: main, to: far, residency: eu } }", "  far: { site: abroad, tier: cloud, ring: last }\n")).toEqual([
      "a must stay in eu, and far is in us",
    ]);
    expect(brief("collections: { a: { from: main, to: far } }", "  far: { site: abroad, tier: cloud, ring: last }\n")).toEqual([]);
  });
});

describe("needs", () => {
  const jetson = "devices: { j: { cluster: main, hardware: jetson-orin-nx-8, role: server, gpu: { slices: 2 } }";

  it("name both sides", () => {
    expect(messages(`${jetson} }\nworkloads: { a: { on: main, needs: { memory: 7GiB, cpu: 5, gpu: 3 } } }`)).toEqual([
      "a needs 7.0 GiB of memory, the largest machine of main has 6.0 GiB of memory for workloads",
      "a needs 5 cores, the largest machine of main has 4 cores for workloads",
      "a needs 3 GPU shares, the largest machine of main has 2 GPU shares for workloads",
    ]);
  });

  it("are not judged where a machine has yet to report what it is, or where there is none", () => {
    expect(brief(`${jetson}, d: { cluster: main, hardware: detected } }\nworkloads: { a: { on: main, needs: { memory: 7GiB } } }`)).toEqual([]);
    expect(brief("workloads: { a: { on: main, needs: { memory: 7TiB } } }")).toEqual([]);
  });
});

describe("circles", () => {
  it("are told once, with all their members", () => {
    const profiles = "connectivity: { x: { like: a }, a: { like: b }, b: { like: c }, c: { like: a } }";
    expect(findingsOf(profiles).map(({ message, place }) => [message, place?.path])).toEqual([
      ["like leads in a circle: a -> b -> c -> a", "connectivity.a.like"],
    ]);
  });

  it("are none in a long chain", () => {
    const chain = Array.from({ length: 3000 }, (_, index) => `  p${index}: { like: ${index === 2999 ? "always" : `p${index + 1}`} }`).join("\n");
    expect(brief(`connectivity:\n${chain}\n`)).toEqual([]);
  });
});

describe("duplicates", () => {
  it("name both devices, and a range is told once", () => {
    expect(messages("devices:\n  a: { site: home, hardware: laptop, serial: S }\n  b-[1-5]: { site: home, hardware: laptop, serial: S }\n")).toEqual([
      "b-1 has the serial S of a",
    ]);
  });
});

describe("exceptions", () => {
  it("name a cluster that exists", () => {
    const exception = (cluster: string) =>
      `exceptions: [{ code: FL2101, cluster: ${cluster}, reason: The vendor has no digests., until: 2026-12-31 }]`;
    expect(brief(exception("main"))).toEqual([]);
    expect(brief(exception("mian"))).toEqual(["FL1031 exceptions.0.cluster"]);
  });
});
