/** A Kubernetes object as data. The fields beyond these depend on the kind. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** How an object is named to people: `Deployment fogline/scheduler`. */
export const nameOf = (object: KubernetesObject): string =>
  `${object.kind} ${object.metadata.namespace === undefined ? "" : `${object.metadata.namespace}/`}${object.metadata.name}`;

/** What makes an object one and the same across revisions, in the form that Flux's inventory uses. */
export const identityOf = (object: KubernetesObject): string => {
  const group = object.apiVersion.includes("/") ? object.apiVersion.slice(0, object.apiVersion.indexOf("/")) : "";
  return [object.metadata.namespace ?? "", object.metadata.name, group, object.kind].join("_");
};
