import { AgentConfig } from "@fogline/agent/config";
import type { AppDefinition } from "@fogline/manifests";
import { hardenedContainer, restrictedPod, selectorLabels, standardLabels } from "@fogline/manifests";
import { ApiObject } from "cdk8s";
import type { IDaemonSet } from "kubernetes-models/apps/v1/DaemonSet";
import type { IServiceAccount } from "kubernetes-models/v1/ServiceAccount";

const prefix = "FOGLINE_AGENT_";

/** One agent per node of the cluster: 32 MiB and 50m asked for, 64 MiB and 100m at most. */
export const agent: AppDefinition = {
  environmentPrefix: prefix,
  settings: AgentConfig,
  build: (chart, { namespace, version, image, environment }) => {
    const name = "agent";
    const metadata = { name, namespace, labels: standardLabels(name, version) };
    const account: IServiceAccount = { apiVersion: "v1", kind: "ServiceAccount", metadata, automountServiceAccountToken: false };
    new ApiObject(chart, "service-account", account);
    const container = hardenedContainer({
      name,
      image,
      env: {
        [`${prefix}AS_SERVICE`]: "true",
        [`${prefix}DATA_FOLDER`]: "/var/lib/fogline",
        // Laid there once for the node, and not needed any more when its agent has an identity beside it.
        [`${prefix}ENROLMENT_TOKEN_FILE`]: "/var/lib/fogline/enrolment.token",
        [`${prefix}HUB_URL`]: `wss://gateway.${namespace}.svc:8091/agent`,
        ...environment,
      },
      ports: {},
      cpuMillicores: 50,
      memoryBytes: 64 * 1024 ** 2,
      mounts: [{ name: "data", mountPath: "/var/lib/fogline" }],
    });
    const daemonSet: IDaemonSet = {
      apiVersion: "apps/v1",
      kind: "DaemonSet",
      metadata,
      spec: {
        selector: { matchLabels: selectorLabels(name) },
        template: {
          metadata: { labels: standardLabels(name, version) },
          spec: {
            automountServiceAccountToken: false,
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
            securityContext: restrictedPod,
            serviceAccountName: name,
            volumes: [
              { name: "tmp", emptyDir: { medium: "Memory", sizeLimit: "16Mi" } },
              { name: "data", hostPath: { path: "/var/lib/fogline", type: "DirectoryOrCreate" } },
            ],
          },
        },
      },
    };
    new ApiObject(chart, "daemon-set", daemonSet);
  },
};
