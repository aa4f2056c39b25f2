/** The recommended labels of Kubernetes (kubernetes.io/docs, "Recommended Labels"). */
export const standardLabels = (name: string, version?: string): Record<string, string> => ({
  "app.kubernetes.io/name": name,
  "app.kubernetes.io/part-of": "fogline",
  "app.kubernetes.io/managed-by": "flux",
  ...(version === undefined ? {} : { "app.kubernetes.io/version": labelValue(version) }),
});

const labelLengthMax = 63;

/**
 * A version or tag as the value of a label, which may hold less than either: letters, digits, `.`, `_` and `-`, at most 63 of them, a letter or digit
 * at both ends (kubernetes.io/docs, "Labels and Selectors"). The empty text where nothing is left.
 */
export const labelValue = (text: string): string =>
  text
    .replaceAll(/[^A-Za-z0-9._-]/g, "-")
    .replace(/^[^A-Za-z0-9]+/, "")
    .slice(0, labelLengthMax)
    .replace(/[^A-Za-z0-9]+$/, "");

/** What selects the pods of a workload; never changes, since a Deployment's selector is immutable. */
export const selectorLabels = (name: string): Record<string, string> => ({ "app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "fogline" });
