import { type HandOverStage, type HandOverStep, handOverStages } from "@fogline/gitops";
import { ageKeySecret, type KubernetesObject, nameOf } from "@fogline/manifests";
import type * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

export interface FluxHandOverInputs {
  readonly steps: readonly HandOverStep[];
  readonly provider: kubernetes.Provider;
  /** Whether the cluster has the FluxInstance already: then it is taken into the state as it is there, whatever it says, and not written. */
  readonly handedOver: boolean;
}

/** Everything that must be in a cluster before Flux is: each stage once the one before it is there. */
export class FluxHandOver extends pulumi.ComponentResource {
  /** There once everything is. */
  readonly done: pulumi.Output<readonly string[]>;

  constructor(name: string, { steps, provider, handedOver }: FluxHandOverInputs, options: pulumi.ComponentResourceOptions = {}) {
    super("fogline:dayZero:FluxHandOver", name, {}, options);
    let before: readonly pulumi.Resource[] = [];
    const all: pulumi.CustomResource[] = [];
    for (const stage of handOverStages) {
      const made = steps
        .filter((step) => step.stage === stage)
        .map((step) => new ClusterObject(step, { parent: this, provider, dependsOn: [...before] }, handedOver));
      all.push(...made);
      before = [...before, ...made];
    }
    this.done = pulumi.all(all.map(({ id }) => id));
    this.registerOutputs({});
  }
}

/** One object of a cluster, of whatever kind. Its name in the state is how people name it. */
class ClusterObject extends pulumi.CustomResource {
  constructor({ object, stage, keptBy }: HandOverStep, options: pulumi.CustomResourceOptions, handedOver: boolean) {
    const { name, namespace } = object.metadata;
    const adopted = keptBy === "flux" && handedOver ? { import: namespace === undefined ? name : `${namespace}/${name}` } : {};
    super(typeOf(object), nameOf(object), keptBy === "flux" ? object : ownedByDayZero(object), {
      ...options,
      ...adopted,
      ...(keptBy === "flux" ? { ignoreChanges: Object.keys(object).filter((field) => field !== "apiVersion" && field !== "kind") } : {}),
      ...(keptBy === "flux" || isKept[stage](object) ? { retainOnDelete: true } : {}),
      ...(object.kind === "Secret" ? { additionalSecretOutputs: ["data", "stringData"] } : {}),
    });
  }
}

/**
 * Whose fields they are, to the API server: by itself each provider in each state is a manager of its own, and what another `up` left (one that was
 * killed, one whose state was lost) would be a conflict. Forced, so that what somebody changed by hand is made good.
 */
const ownedByDayZero = (object: KubernetesObject): KubernetesObject => {
  const annotations = { ...object.metadata.annotations, "pulumi.com/patchFieldManager": "fogline-day-0", "pulumi.com/patchForce": "true" };
  return { ...object, metadata: { ...object.metadata, annotations } };
};

/** Pulumi's word for a kind: `kubernetes:core/v1:Secret`, `kubernetes:apps/v1:Deployment`. */
const typeOf = ({ apiVersion, kind }: KubernetesObject): string =>
  `kubernetes:${apiVersion.includes("/") ? apiVersion : `core/${apiVersion}`}:${kind}`;

/**
 * What stays in the cluster when the stack goes. With a definition or the namespace everything in it would go, Flux first; and the key may be the last
 * copy there is. The operator and the login are made again by the next `pulumi up`.
 */
const isKept: Readonly<Record<HandOverStage, (object: KubernetesObject) => boolean>> = {
  definitions: () => true,
  namespace: () => true,
  secrets: ({ metadata }) => metadata.name === ageKeySecret,
  operator: () => false,
  instance: () => true,
};
