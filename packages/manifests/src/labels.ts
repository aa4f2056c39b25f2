/** The recommended labels of Kubernetes (kubernetes.io/docs, "Recommended Labels"). */
export const standardLabels = (name: string, version?: string): Record<string, string> => ({
  "app.kubernetes.io/name": name,
  "app.kubernetes.io/part-of": "fogline",
  "app.kubernetes.io/managed-by": "flux",
  ...(version === undefined ? {} : { "app.kubernetes.io/version": version }),
});

/** What selects the pods of a workload; never changes, since a Deployment's selector is immutable. */
export const selectorLabels = (name: string): Record<string, string> => ({ "app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "fogline" });
