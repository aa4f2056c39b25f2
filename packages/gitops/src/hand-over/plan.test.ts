import { identityOf, type KubernetesObject, nameOf } from "@fogline/manifests";
import { describe, expect, it } from "vitest";
import { dayZeroIdentities } from "../check/day-zero.ts";
import { fluxOperatorObjects } from "./operator.ts";
import { handOverStages, planHandOver } from "./plan.ts";

const instance: KubernetesObject = {
  apiVersion: "fluxcd.controlplane.io/v1",
  kind: "FluxInstance",
  metadata: { name: "flux", namespace: "flux-system" },
  spec: { sync: { url: "https://git.example/fleet.git" } },
};
/** What can neither be read nor written out: a secret that is known later. */
const later = (name: string) =>
  new Proxy(Object.freeze({ name }), {
    get: () => {
      throw new Error(`${name} was looked into`);
    },
    ownKeys: () => {
      throw new Error(`${name} was looked into`);
    },
  });
const ageKey = later("the age key");
const password = later("the password");
const inputs = { cluster: "cloud", ageKey, login: { stringData: { password } }, operator: fluxOperatorObjects, instance };
const steps = planHandOver(inputs);

describe("what must be in a cluster before Flux", () => {
  it("is laid down in the order in which one thing needs another", () => {
    const order = steps.map(({ stage }) => handOverStages.indexOf(stage));
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    expect(new Set(steps.map(({ stage }) => stage)).size).toBe(handOverStages.length);
    expect(steps.map(({ object }) => nameOf(object))).toEqual([
      ...["fluxinstances", "fluxreports", "resourcesets", "resourcesetinputproviders"].map(
        (plural) => `CustomResourceDefinition ${plural}.fluxcd.controlplane.io`,
      ),
      "Namespace flux-system",
      ...["Secret flux-system/sops-age", "Secret flux-system/flux-system"],
      "ServiceAccount flux-system/flux-operator",
      ...["flux-operator-edit", "flux-operator-view", "flux-web-admin", "flux-web-user"].map((name) => `ClusterRole ${name}`),
      ...["ClusterRoleBinding flux-operator-cluster-admin", "Service flux-system/flux-operator", "Deployment flux-system/flux-operator"],
      "FluxInstance flux-system/flux",
    ]);
  });

  it("has the values of secrets where they belong, never looked into", () => {
    const secrets = steps.filter(({ stage }) => stage === "secrets").map(({ object }) => object);
    expect(secrets.map(({ type }) => type)).toEqual(["Opaque", "Opaque"]);
    const [keys, login] = secrets.map(({ stringData }) => stringData as Readonly<Record<string, unknown>>);
    expect(keys?.["cloud.agekey"]).toBe(ageKey);
    expect(login?.password).toBe(password);
  });

  it("has the login of a registry as docker has it, and the public key of trees where there is one", () => {
    const login = { type: "kubernetes.io/dockerconfigjson", stringData: { ".dockerconfigjson": "{}" } };
    const objects = planHandOver({ ...inputs, ageKey: "", login, treeKey: "a public key" }).map(({ object }) => object);
    expect(objects.find(({ metadata, kind }) => kind === "Secret" && metadata.name === "flux-system")).toMatchObject(login);
    expect(objects.find(({ metadata }) => metadata.name === "tree-signing")).toMatchObject({ stringData: { "tree-signing.pub": "a public key" } });
  });

  it("is kept by day 0, except for the FluxInstance, which the tree has too", () => {
    expect(steps.filter(({ keptBy }) => keptBy === "flux").map(({ object }) => object)).toEqual([instance]);
  });

  it("takes the namespace as the operator's manifest has it, once", () => {
    const labelled = { apiVersion: "v1", kind: "Namespace", metadata: { name: "flux-system", labels: { team: "platform" } } };
    const namespaces = planHandOver({ ...inputs, operator: [labelled] }).filter(({ object }) => object.kind === "Namespace");
    expect(namespaces.map(({ object }) => object)).toEqual([labelled]);
    expect(planHandOver({ ...inputs, operator: [] }).filter(({ object }) => object.kind === "Namespace")).toHaveLength(1);
  });

  it("has every object once, although a manifest brought one along that is planned already", () => {
    const twice = planHandOver({ ...inputs, operator: [...fluxOperatorObjects, { ...instance, spec: {} }] });
    expect(new Set(twice.map(({ object }) => identityOf(object))).size).toBe(twice.length);
    expect(twice.at(-1)?.object).toEqual(instance);
  });

  it("is the list that a tree is held against", () => {
    const kept = planHandOver<unknown>({ ...inputs, treeKey: "a public key" }).filter(({ keptBy }) => keptBy === "day-0");
    expect([...dayZeroIdentities].toSorted()).toEqual(kept.map(({ object }) => identityOf(object)).toSorted());
  });
});
