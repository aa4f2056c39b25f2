import { AgentConfig } from "@fogline/agent/config";
import {
  type AppContext,
  type AppDefinition,
  hardenedContainer,
  networkPolicyOf,
  nodeDaemonSet,
  podVolume,
  pullSecrets,
  restrictedPod,
  standardLabels,
  withTemporary,
} from "@fogline/manifests";
import { ApiObject } from "cdk8s";
import type { IDaemonSet } from "kubernetes-models/apps/v1/DaemonSet";
import type { IServiceAccount } from "kubernetes-models/v1/ServiceAccount";

const prefix = "FOGLINE_AGENT_";
const MiB = 1024 ** 2;

/** One agent per node of the cluster: 32 MiB and 50m asked for, 64 MiB and 100m at most. */
export const agent: AppDefinition = {
  source: "apps/agent/chart.ts agent",
  environmentPrefix: prefix,
  settings: AgentConfig,
  uses: ["gateway"],
  build: (chart, context) => {
    const { name, nodeNamespace, version } = context;
    const metadata = { name, namespace: nodeNamespace, labels: standardLabels(name, version) };
    const account: IServiceAccount = { apiVersion: "v1", kind: "ServiceAccount", metadata, automountServiceAccountToken: false };
    new ApiObject(chart, "service-account", account);
    new ApiObject(chart, "daemon-set", daemonSet(context, metadata));
    // Agents of a site look whether a lost one lives, at an address that it tells the hub.
    new ApiObject(chart, "network-policy", networkPolicyOf({ metadata, name, usedBy: [], uses: context.uses, ports: [], amongItself: true }));
  },
};

/** The gateway beside it, where there is one; else the fleet's, by name. */
const hubUrl = ({ workloads, namespace, fleet }: AppContext): string =>
  workloads.some(({ workload }) => workload === "gateway") ? `wss://gateway.${namespace}.svc:8091/agent` : `wss://gateway.${fleet.domain}:8091/agent`;

const daemonSet = (context: AppContext, metadata: NonNullable<IDaemonSet["metadata"]>): IDaemonSet => {
  const { name, image, cluster, environment, target } = context;
  const volumes = withTemporary(target.volumes);
  const container = hardenedContainer({
    ...{ name, image, pullPolicy: cluster.connectivity.pullPolicy, ports: {}, cpuMillicores: 50, memoryBytes: 64 * MiB },
    secrets: target.secrets,
    env: {
      [`${prefix}AS_SERVICE`]: "true",
      [`${prefix}DATA_FOLDER`]: "/var/lib/fogline",
      // Laid there once for the node, and not needed any more when its agent has an identity beside it.
      [`${prefix}ENROLMENT_TOKEN_FILE`]: "/var/lib/fogline/enrolment.token",
      [`${prefix}HUB_URL`]: hubUrl(context),
      ...environment,
    },
    mounts: [...volumes.map(({ name: volume, path }) => ({ name: volume, mountPath: path })), { name: "data", mountPath: "/var/lib/fogline" }],
  });
  return nodeDaemonSet(metadata, {
    name,
    version: context.version,
    pod: {
      containers: [
        {
          ...container,
          env: [
            ...(container.env ?? []),
            { name: `${prefix}NODE_ID`, valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } },
            { name: `${prefix}PROBE_HOST`, valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
          ],
          resources: { limits: { cpu: "100m", memory: "64Mi" }, requests: { cpu: "50m", memory: "32Mi" } },
        },
      ],
      ...pullSecrets(context),
      securityContext: restrictedPod(target.userId),
      serviceAccountName: name,
      volumes: [
        ...volumes.map((volume) => podVolume(name, volume)),
        { name: "data", hostPath: { path: "/var/lib/fogline", type: "DirectoryOrCreate" } },
      ],
    },
  });
};
