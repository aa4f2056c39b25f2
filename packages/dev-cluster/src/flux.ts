import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fluxNamespace } from "@fogline/manifests";
import type { ControlPlane } from "./control-plane.ts";
import { eventually } from "./patience.ts";
import { freePorts, type Program, startProgram } from "./program.ts";
import { needTool } from "./tools.ts";

/** Flux, as processes of this machine. Its operator installs Deployments of it too; their pods only look as if they ran. */
export interface Flux {
  readonly programs: () => readonly Program[];
  /** Where source-controller keeps what it fetched. */
  readonly storage: string;
  /** Where the metrics of a controller are read. */
  metricsUrl(name: "source-controller" | "kustomize-controller"): string;
  stop(): Promise<void>;
}

const metadata = { namespace: fluxNamespace };

/** Starts the Flux Operator; from then on a FluxInstance is acted on. */
export const startFluxOperator = async ({ folder, kubeconfig }: ControlPlane): Promise<Program> => {
  const [metrics, health] = await freePorts(2);
  return startProgram(
    folder,
    "flux-operator",
    [
      ...[`--storage-path=${needTool("flux-distribution")}`, "--enable-leader-election=false", "--web-server-port=0"],
      ...[`--metrics-addr=127.0.0.1:${metrics}`, `--health-addr=127.0.0.1:${health}`, "--log-level=info"],
    ],
    // The operator refuses to run without.
    { KUBECONFIG: kubeconfig, GODEBUG: "fips140=on", RUNTIME_NAMESPACE: fluxNamespace },
  );
};

/** The flags that the tree gives to a controller, out of the Deployment that the operator made of it. */
const flagsOf = async ({ api }: ControlPlane, name: string): Promise<string[]> => {
  const deployment = await eventually(`the operator has installed ${name}`, () =>
    api.get({ apiVersion: "apps/v1", kind: "Deployment", name, ...metadata }),
  );
  const flags: string[] = deployment.spec.template.spec.containers[0].args;
  return flags.filter((flag) => /^--(interval-jitter-percentage|concurrent|feature-gates|requeue-dependency)=/.test(flag));
};

export interface FluxOptions {
  /** Variables of the environment beside those that Flux needs. */
  readonly environment?: Readonly<Record<string, string>>;
  /** The size of the file system that artifacts are kept on; that of the machine's when not given. */
  readonly storageBytes?: number;
}

/** Starts source-controller and kustomize-controller with the flags of the tree, once the operator has installed their custom resources. */
export const startFlux = async (plane: ControlPlane, { environment = {}, storageBytes }: FluxOptions = {}): Promise<Flux> => {
  const { folder, kubeconfig } = plane;
  const [files = 0, sourceMetrics, sourceHealth, metrics, health] = await freePorts(5);
  const storage = join(folder, "artifacts");
  mkdirSync(storage, { recursive: true });
  const common = ["--enable-leader-election=false", "--events-addr=", "--log-level=info"];
  const env = { KUBECONFIG: kubeconfig, RUNTIME_NAMESPACE: fluxNamespace, ...environment };
  const sourceFlags = await flagsOf(plane, "source-controller");
  const kustomizeFlags = await flagsOf(plane, "kustomize-controller");
  const programs = [
    startProgram(
      folder,
      "source-controller",
      [
        ...[...common, ...sourceFlags, `--storage-path=${storage}`, `--storage-addr=127.0.0.1:${files}`, `--storage-adv-addr=127.0.0.1:${files}`],
        ...[`--metrics-addr=127.0.0.1:${sourceMetrics}`, `--health-addr=127.0.0.1:${sourceHealth}`],
      ],
      env,
      storageBytes === undefined ? undefined : { path: storage, bytes: storageBytes },
    ),
    startProgram(
      folder,
      "kustomize-controller",
      [
        ...common,
        ...kustomizeFlags,
        // Of a flag that is given twice the last counts.
        `--metrics-addr=127.0.0.1:${metrics}`,
        `--health-addr=127.0.0.1:${health}`,
      ],
      env,
    ),
  ];
  const ports = { "source-controller": sourceMetrics, "kustomize-controller": metrics };
  return {
    // A file system of its own is seen through the process that has it.
    storage: storageBytes === undefined ? storage : `/proc/${programs[0]?.pid}/root${storage}`,
    metricsUrl: (name) => `http://127.0.0.1:${ports[name]}/metrics`,
    programs: () => programs,
    stop: async () => void (await Promise.all(programs.map((program) => program.stop("SIGKILL")))),
  };
};
