import { generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KubernetesApi } from "./api.ts";
import { eventually } from "./patience.ts";
import { freePorts, type Program, startProgram } from "./program.ts";
import { needTool } from "./tools.ts";

/** Kubernetes without kubelets: what a server of a cluster runs, in processes of this machine. */
export interface ControlPlane {
  /** Keys, data and logs; gone after `stop`. */
  readonly folder: string;
  readonly api: KubernetesApi;
  /** A kubeconfig with every right. */
  readonly kubeconfig: string;
  readonly url: string;
  readonly ca: string;
  /** The API server, to be ended in the middle of something and started again. */
  readonly apiServer: { kill(): Promise<void>; start(): Promise<void>; readonly pid: () => number };
  readonly programs: () => readonly Program[];
  stop(): Promise<void>;
}

/** Someone the API server knows by a token of their own. */
export interface Person {
  readonly token: string;
  readonly user: string;
  readonly groups: readonly string[];
}

const kubeconfigText = (url: string, ca: string, token: string): string =>
  JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "embedded",
    clusters: [{ name: "embedded", cluster: { server: url, "certificate-authority-data": Buffer.from(ca).toString("base64") } }],
    users: [{ name: "admin", user: { token } }],
    contexts: [{ name: "embedded", context: { cluster: "embedded", user: "admin" } }],
  });

/** The stages by which KWOK makes nodes ready and pods running, as one file. */
const stages = (): string => {
  const folder = needTool("kwok-stages");
  return ["node/fast", "node/heartbeat", "pod/fast"]
    .flatMap((path) =>
      readdirSync(join(folder, path))
        .filter((file) => file.endsWith(".yaml") && file !== "kustomization.yaml")
        .map((file) => join(folder, path, file)),
    )
    .map((file) => readFileSync(file, "utf8"))
    .join("\n---\n");
};

export interface ControlPlaneOptions {
  /** Where keys, data and logs go, which is made and removed with it; one of its own below the system's temporary folder when not given. */
  readonly folder?: string;
  /** Requests that the scheduler may make in a second. */
  readonly schedulerQps?: number;
  /** How long a node counts as alive that is not heard of, as kubelets have it. Each says so four times in that, which takes a while with 1,000. */
  readonly nodeLeaseSeconds?: number;
}

/** Starts etcd, the API server, the controllers, the scheduler and KWOK, and waits until objects are accepted. */
export const startControlPlane = async (options: ControlPlaneOptions = {}): Promise<ControlPlane> => {
  const { schedulerQps = 200, nodeLeaseSeconds = 40, folder = mkdtempSync(join(tmpdir(), "fogline-cluster-")) } = options;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const [etcdPort = 0, peerPort = 0, port = 0, controllersPort = 0, schedulerPort = 0] = await freePorts(5);
  const [etcdUrl, peerUrl, url] = [`http://127.0.0.1:${etcdPort}`, `http://127.0.0.1:${peerPort}`, `https://127.0.0.1:${port}`];
  const token = randomBytes(16).toString("hex");
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  const tokens = file("tokens.csv", `${token},admin,admin,system:masters\n`);
  const key = file(
    "service-accounts.key",
    generateKeyPairSync("rsa", {
      modulusLength: 2048,
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
      publicKeyEncoding: { type: "spki", format: "pem" },
    }).privateKey,
  );
  const certificates = join(folder, "certificates");
  mkdirSync(certificates);

  const running = new Map<string, Program>();
  const start = (name: string, args: readonly string[]): Program => {
    const program = startProgram(folder, name, args);
    running.set(name, program);
    return program;
  };
  start("etcd", [
    ...["--data-dir", join(folder, "etcd"), "--unsafe-no-fsync", "--log-level=warn"],
    ...["--listen-client-urls", etcdUrl, "--advertise-client-urls", etcdUrl, "--listen-peer-urls", peerUrl],
    ...["--initial-advertise-peer-urls", peerUrl, "--initial-cluster", `default=${peerUrl}`],
  ]);
  const startApiServer = (): Program =>
    start("kube-apiserver", [
      ...["--etcd-servers", etcdUrl, "--bind-address=127.0.0.1", "--advertise-address=127.0.0.1", "--secure-port", String(port)],
      ...["--cert-dir", certificates, "--token-auth-file", tokens, "--authorization-mode=Node,RBAC", "--service-cluster-ip-range=10.43.0.0/16"],
      ...["--service-account-issuer=https://kubernetes.default.svc", "--service-account-key-file", key, "--service-account-signing-key-file", key],
      ...["--allow-privileged=true", "--endpoint-reconciler-type=none", "--profiling=false"],
    ]);
  startApiServer();

  const ready = async (api: KubernetesApi): Promise<boolean> => (await api.raw("GET", "/readyz").catch(() => ({ status: 0 }))).status === 200;
  const ca = await eventually("the API server has its certificate", () => {
    if (running.get("kube-apiserver")?.exited())
      throw new Error(`kube-apiserver ended: ${readFileSync(join(folder, "kube-apiserver.log"), "utf8").slice(-2_000)}`);
    const made = readdirSync(certificates).includes("apiserver.crt") && readFileSync(join(certificates, "apiserver.crt"), "utf8");
    return made !== false && made.includes("END CERTIFICATE") ? made : undefined;
  });
  const api = new KubernetesApi({ url, ca, token });
  await eventually("the API server is ready", () => ready(api));
  const kubeconfig = file("kubeconfig", kubeconfigText(url, ca, token));

  const common = [`--kubeconfig=${kubeconfig}`, "--leader-elect=false", "--bind-address=127.0.0.1"];
  start("kube-controller-manager", [
    ...common,
    ...[
      `--secure-port=${controllersPort}`,
      `--cert-dir=${join(folder, "controllers")}`,
      "--service-account-private-key-file",
      key,
      "--use-service-account-credentials=false",
    ],
    ...["--root-ca-file", join(certificates, "apiserver.crt"), "--kube-api-qps=500", "--kube-api-burst=1000", "--concurrent-deployment-syncs=10"],
    // A little more than the lease, as Kubernetes has it: 50 s.
    `--node-monitor-grace-period=${nodeLeaseSeconds + 10}s`,
  ]);
  start("kube-scheduler", [
    ...common,
    ...[
      `--secure-port=${schedulerPort}`,
      `--cert-dir=${join(folder, "scheduler")}`,
      `--kube-api-qps=${schedulerQps}`,
      `--kube-api-burst=${schedulerQps * 2}`,
    ],
  ]);
  start("kwok", [
    ...[`--kubeconfig=${kubeconfig}`, "--config", file("stages.yaml", stages()), "--manage-all-nodes=false"],
    ...["--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake", `--node-lease-duration-seconds=${nodeLeaseSeconds}`, "--server-address="],
  ]);
  await eventually("pods may be created", () => api.get({ apiVersion: "v1", kind: "ServiceAccount", name: "default", namespace: "default" }));

  return {
    folder,
    api,
    kubeconfig,
    url,
    ca,
    apiServer: {
      kill: async () => running.get("kube-apiserver")?.stop("SIGKILL"),
      start: async () => {
        startApiServer();
        await eventually("the API server is ready again", () => ready(api));
      },
      pid: () => running.get("kube-apiserver")?.pid ?? 0,
    },
    programs: () => [...running.values()],
    stop: async () => {
      api.close();
      // The controllers first, so that they do not complain to nobody.
      for (const names of [["kwok", "kube-scheduler", "kube-controller-manager"], ["kube-apiserver"], ["etcd"]]) {
        await Promise.all(names.map((name) => running.get(name)?.stop("SIGKILL")));
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
