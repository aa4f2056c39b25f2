import { type Fields, fieldsOf, isFields, listOf, textOf } from "../lookup.ts";

/** Puts the server's value where an object states none. */
export const withDefaults = (value: Fields, defaults: Fields): Fields => ({ ...defaults, ...value });

/** Applies a function to each item of a list field that is a mapping. */
export const eachOf = (value: Fields, key: string, change: (item: Fields) => Fields): Fields =>
  Array.isArray(value[key]) ? { ...value, [key]: listOf(value[key]).map((item) => (isFields(item) ? change(item) : item)) } : value;

/** Applies a function to a field that is a mapping. */
export const within = (value: Fields, key: string, change: (inner: Fields) => Fields): Fields =>
  isFields(value[key]) ? { ...value, [key]: change(value[key]) } : value;

/** `Always` for the tag latest, which is also meant when there is no tag and no digest. */
const pullPolicyOf = (image: string): string => {
  if (image.includes("@")) return "IfNotPresent";
  const [, tag = "latest"] = /:([^:/]+)$/.exec(image) ?? [];
  return tag === "latest" ? "Always" : "IfNotPresent";
};

const httpGet = (action: Fields): Fields => within(action, "httpGet", (get) => withDefaults(get, { path: "/", scheme: "HTTP" }));

const probe = (value: Fields): Fields =>
  withDefaults(httpGet(value), { failureThreshold: 3, periodSeconds: 10, successThreshold: 1, timeoutSeconds: 1 });

const container = (value: Fields, hostNetwork: boolean): Fields => {
  let result = withDefaults(value, {
    imagePullPolicy: pullPolicyOf(textOf(value.image) ?? ""),
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
    resources: {},
  });
  result = eachOf(result, "ports", (port) => withDefaults(port, { protocol: "TCP", ...(hostNetwork ? { hostPort: port.containerPort } : {}) }));
  result = eachOf(result, "env", (variable) =>
    within(variable, "valueFrom", (from) =>
      within(
        within(from, "fieldRef", (reference) => withDefaults(reference, { apiVersion: "v1" })),
        "resourceFieldRef",
        (reference) => withDefaults(reference, { divisor: "0" }),
      ),
    ),
  );
  for (const name of ["livenessProbe", "readinessProbe", "startupProbe"]) result = within(result, name, probe);
  return within(result, "lifecycle", (lifecycle) => within(within(lifecycle, "postStart", httpGet), "preStop", httpGet));
};

const volume = (value: Fields): Fields => {
  const sources = Object.keys(value).filter((key) => key !== "name");
  let result = sources.length === 0 ? { ...value, emptyDir: {} } : value;
  for (const source of ["configMap", "secret", "projected", "downwardAPI"])
    result = within(result, source, (one) => withDefaults(one, { defaultMode: 420 }));
  result = within(result, "hostPath", (path) => withDefaults(path, { type: "" }));
  return within(result, "projected", (projected) =>
    eachOf(projected, "sources", (source) => within(source, "serviceAccountToken", (token) => withDefaults(token, { expirationSeconds: 3600 }))),
  );
};

/** A pod's spec as the server stores it in a template (kubernetes, `pkg/apis/core/v1/defaults.go`). */
export const podSpecWithDefaults = (spec: Fields, restartPolicy: "Always" | undefined): Fields => {
  const { serviceAccount, ...stated } = spec;
  const account = stated.serviceAccountName ?? serviceAccount;
  let result = withDefaults(account === undefined ? stated : { ...stated, serviceAccountName: account }, {
    dnsPolicy: "ClusterFirst",
    schedulerName: "default-scheduler",
    securityContext: {},
    terminationGracePeriodSeconds: 30,
    ...(restartPolicy === undefined ? {} : { restartPolicy }),
  });
  const hostNetwork = spec.hostNetwork === true;
  for (const key of ["containers", "initContainers"]) result = eachOf(result, key, (one) => container(one, hostNetwork));
  return eachOf(result, "volumes", volume);
};

/** The template of pods below a workload's `spec`. */
export const templateWithDefaults = (template: unknown, restartPolicy: "Always" | undefined): Fields => {
  const fields = fieldsOf(template);
  return isFields(fields.spec) ? { ...fields, spec: podSpecWithDefaults(fields.spec, restartPolicy) } : fields;
};
