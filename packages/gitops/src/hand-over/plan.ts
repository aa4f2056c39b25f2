import { ageKeySecret, fluxNamespace, identityOf, type KubernetesObject, sourceName, treeSigningSecret } from "@fogline/manifests";

/** The stages of a hand-over. Each needs the objects of those before it; within one the order does not matter. */
export const handOverStages = ["definitions", "namespace", "secrets", "operator", "instance"] as const;
export type HandOverStage = (typeof handOverStages)[number];

/** The login with which Flux fetches the tree: the Secret's type, where it is not Opaque, and its values. */
export interface SourceLogin<Value> {
  readonly type?: string;
  readonly stringData: Readonly<Record<string, Value>>;
}

/**
 * What day 0 knows of a cluster. `Value` is how the caller holds secrets: a string, or something that becomes one later. The planner puts values where
 * they belong and never looks into them.
 */
export interface HandOverInputs<Value> {
  /** The cluster's name in the fleet. */
  readonly cluster: string;
  /** The text of the cluster's private age key. */
  readonly ageKey: Value;
  readonly login: SourceLogin<Value>;
  /** The public key of signed trees, where the fleet has one. */
  readonly treeKey?: string;
  /** Objects of the Flux Operator's manifest. */
  readonly operator: readonly KubernetesObject[];
  /** The tree's own FluxInstance. */
  readonly instance: KubernetesObject;
}

/** One object that must be in a cluster before Flux is. */
export interface HandOverStep {
  readonly stage: HandOverStage;
  /** In a Secret of day 0, `stringData` holds the caller's values. */
  readonly object: KubernetesObject;
  /**
   * Whose it is from then on. `day-0` goes on keeping it as it is here. `flux` is created where it is absent, and neither changed nor removed
   * afterwards: the tree has it too, and the cluster reads it from there.
   */
  readonly keptBy: "day-0" | "flux";
}

const inFlux = (name: string) => ({ name, namespace: fluxNamespace });

/**
 * What must be in a cluster before Flux can take it over, in order: the operator's custom resources, Flux's namespace, the keys and the login, the
 * operator, and the FluxInstance out of the tree. Pure, and one list for whoever carries it out.
 */
export const planHandOver = <Value>({ cluster, ageKey, login, treeKey, operator, instance }: HandOverInputs<Value>): readonly HandOverStep[] => {
  const secret = (name: string, stringData: Readonly<Record<string, Value | string>>, type = "Opaque"): KubernetesObject => ({
    ...{ apiVersion: "v1", kind: "Secret", metadata: inFlux(name), type, stringData },
  });
  const namespace = operator.find(isFluxNamespace) ?? { apiVersion: "v1", kind: "Namespace", metadata: { name: fluxNamespace } };
  const secrets = [
    secret(ageKeySecret, { [`${cluster}.agekey`]: ageKey }),
    secret(sourceName, login.stringData, login.type),
    // A cluster that follows a branch has no use for it yet, and must have it before it takes its first signed tree.
    ...(treeKey === undefined ? [] : [secret(treeSigningSecret, { "tree-signing.pub": treeKey })]),
  ];
  const own = new Set([namespace, ...secrets, instance].map(identityOf));
  const rest = operator.filter((object) => !own.has(identityOf(object)));
  const byStage: Readonly<Record<HandOverStage, readonly KubernetesObject[]>> = {
    definitions: rest.filter(isDefinition),
    namespace: [namespace],
    secrets,
    operator: rest.filter((object) => !isDefinition(object)),
    instance: [instance],
  };
  return handOverStages.flatMap((stage) =>
    byStage[stage].map((object): HandOverStep => ({ stage, object, keptBy: stage === "instance" ? "flux" : "day-0" })),
  );
};

const isDefinition = ({ kind }: KubernetesObject): boolean => kind === "CustomResourceDefinition";
const isFluxNamespace = ({ kind, metadata }: KubernetesObject): boolean => kind === "Namespace" && metadata.name === fluxNamespace;
