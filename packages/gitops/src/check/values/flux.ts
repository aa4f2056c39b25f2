import { type At, has, inside, oneOf, type Problem, problem, type Rule, text } from "./at.ts";
import { fluxDuration } from "./formats.ts";

const durations = (at: At, ...keys: readonly string[]): Problem[] => keys.flatMap((key) => text(at, key, fluxDuration));

const kubeConfig = (spec: At): Problem[] => (has(spec, "kubeConfig") ? oneOf(inside(spec, "kubeConfig"), ["configMapRef", "secretRef"]) : []);

const kustomization: Rule = (object) => {
  const spec = inside(object, "spec");
  return [...durations(spec, "interval", "retryInterval", "timeout"), ...kubeConfig(spec)];
};

/** One strategy waits before it tries again, and no other does. */
const retries = (action: At, waiting: (name: unknown) => boolean): Problem[] => {
  const strategy = inside(action, "strategy");
  return [
    ...durations(action, "timeout"),
    ...durations(strategy, "retryInterval"),
    ...(has(strategy, "retryInterval") && !waiting(strategy.value.name)
      ? problem(strategy, "retryInterval", "is only taken with name RetryOnFailure")
      : []),
  ];
};

const helmRelease: Rule = (object) => {
  const spec = inside(object, "spec");
  const chart = inside(spec, "chart", "spec");
  return [
    ...durations(spec, "interval", "timeout"),
    ...durations(chart, "interval"),
    ...(has(object, "spec") ? oneOf(spec, ["chart", "chartRef"]) : []),
    ...kubeConfig(spec),
    ...retries(inside(spec, "install"), (name) => name !== "RemediateOnFailure"),
    ...retries(inside(spec, "upgrade"), (name) => name === "RetryOnFailure"),
    ...["rollback", "uninstall", "test"].flatMap((action) => durations(inside(spec, action), "timeout")),
    ...(has(chart, "verify") && inside(chart, "sourceRef").value.kind !== "HelmRepository"
      ? problem(chart, "verify", "is only taken for a HelmRepository")
      : []),
  ];
};

const source: Rule = (object) => durations(inside(object, "spec"), "interval", "timeout");

/** What only the definitions of Flux say of its objects, and the typed models leave out (fluxcd.io, API reference). */
export const fluxRules: Readonly<Record<string, Rule>> = {
  "kustomize.toolkit.fluxcd.io/v1/Kustomization": kustomization,
  "helm.toolkit.fluxcd.io/v2/HelmRelease": helmRelease,
  "source.toolkit.fluxcd.io/v1/Bucket": source,
  "source.toolkit.fluxcd.io/v1/GitRepository": source,
  "source.toolkit.fluxcd.io/v1/HelmRepository": source,
  "source.toolkit.fluxcd.io/v1/OCIRepository": source,
};
