import { readFileSync } from "node:fs";
import { parseFleet } from "@fogline/fleet";
import type { KubernetesObject } from "@fogline/manifests";
import { describe, expect, it } from "vitest";
import { checkTree, schemaProblems } from "../../index.ts";
import { readObjects, readTraps } from "../../testing/objects.ts";
import { readBaseTree } from "../../testing/trees.ts";
import { valueRules } from "./values.ts";

const read = (path: string): string => readFileSync(new URL(`../../../fixtures/${path}`, import.meta.url), "utf8");
const traps = readTraps(read("objects/traps.yaml"));
const base = readBaseTree(read("trees/base/edge.yaml"));
const { fleet } = parseFleet([{ path: "clusters/fleet.yaml", text: base.fleet }]);
const [cluster] = fleet?.clusters ?? [];
if (fleet === undefined || cluster === undefined) throw new Error("the base tree's fleet has no cluster");

/** The codes with which an object is refused for what no API server takes, schema and values. */
const refusals = (object: KubernetesObject): string[] => {
  const entry = { object, file: "object.yaml" };
  const tree = { cluster: cluster.name, folders: [{ path: "clusters/edge/app", objects: [entry] }] };
  const findings = [...schemaProblems(object, entry.file), ...checkTree({ fleet, cluster, tree }, valueRules)];
  return [...new Set(findings.map(({ code }) => code))];
};

describe("an object that an API server refuses", () => {
  it.each(traps.filter(({ code }) => code !== undefined))("is refused with $code: $says", ({ object, code }) => {
    expect(refusals(object)).toEqual([code]);
  });
});

describe("an object that an API server takes", () => {
  it.each(traps.filter(({ code }) => code === undefined))("is taken: $says", ({ object }) => {
    expect(refusals(object)).toEqual([]);
  });

  it.each(readObjects(read("objects/other-kinds.yaml")))("is taken: $kind $metadata.name", (object) => {
    expect(refusals(object)).toEqual([]);
  });

  it("is taken with what Flux puts in before anything reads it", () => {
    const [site, rack] = ["$" + "{site}", "$" + "{rack}"];
    const metadata = { name: `web-${site}`, namespace: "fogline", labels: { at: `${site}/${rack}` } };
    expect(refusals({ apiVersion: "v1", kind: "Service", metadata, spec: { ports: [{ port: 80 }] } })).toEqual([]);
  });

  it("is taken as SOPS left it: its values are decrypted before anything reads them", () => {
    const secret = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "login", namespace: "fogline" },
      data: { key: "ENC[AES256_GCM,data:cT0=]" },
    };
    const codes = checkTree(
      { fleet, cluster, tree: { cluster: "edge", folders: [{ path: "p", objects: [{ object: { ...secret, sops: { mac: "x" } }, file: "f" }] }] } },
      valueRules,
    );
    expect(codes).toEqual([]);
  });
});

describe("what is said of a refused object", () => {
  it("names the object, the field and what it may be", () => {
    const [trap] = traps;
    const tree = { cluster: "edge", folders: [{ path: "p", objects: [{ object: trap?.object as KubernetesObject, file: "f" }] }] };
    expect(checkTree({ fleet, cluster, tree }, valueRules).map(({ message }) => message)).toEqual([
      "Deployment fogline/web: spec.template.spec.containers.0.ports.0.containerPort is 70000, and must be from 1 to 65535",
    ]);
  });
});
