import { FoglineError } from "@fogline/findings";
import { type Cluster, isOwnK3s } from "@fogline/fleet";
import { z } from "zod";
import { digitalOceanCluster } from "./digitalocean.ts";
import { readSettings, type SettingProblem, type StackSettings, secretSetting } from "./settings.ts";

const file = z.string().regex(/^(\/|~\/)/, "must be a path that begins with / or ~/, so that it means the same wherever `pulumi` runs");

const shape = {
  /** A cluster that is there: where its kubeconfig is on this machine. */
  kubeconfig: z.strictObject({ file, context: z.string().min(1, "must not be empty").optional() }).optional(),
  /** A cluster that this stack makes. */
  digitalocean: digitalOceanCluster.optional(),
  operator: z
    .strictObject({
      /** A file from the repository's root, or a URL. Default the release that Fogline was tested with. */
      manifest: z.string().min(1, "must be a file or a URL").optional(),
      sha256: z
        .string()
        .regex(/^[0-9a-f]{64}$/, "must be 64 hexadecimal digits")
        .optional(),
    })
    .optional(),
  /** The cluster's private key. Default the file that `fogline cluster init` wrote. */
  ageKey: secretSetting.optional(),
  /** The login at the git server, for a cluster that follows a branch. */
  sourceUsername: z.string().min(1, "must not be empty").optional(),
  sourcePassword: secretSetting.optional(),
  /** The login at the registry as docker's config.json, for a cluster that takes artifacts. Default the one that stack `shared` made. */
  sourceDockerConfig: secretSetting.optional(),
};

const settings = z.strictObject(shape);
export type ClusterSettings = z.infer<typeof settings>;

/** The settings of a cluster's stack. Throws FL3300 where the cluster can have none, FL3301 with every problem of those it has. */
export const clusterSettings = (cluster: Cluster, given: StackSettings): ClusterSettings => {
  if (isOwnK3s(cluster) && given.values.kubeconfig === undefined) {
    const { connectivity, devices, name, site } = cluster;
    throw new FoglineError(
      "FL3300",
      `cluster ${name} has no stack: it is K3s on ${devices.length} machines at ${site} (${connectivity.name}), and no kubeconfig leads there from here`,
    );
  }
  return readSettings(given, shape, (written) => problemsBetween(cluster, written));
};

const problemsBetween = (cluster: Cluster, written: Readonly<Record<string, unknown>>): SettingProblem[] => {
  const has = (key: keyof ClusterSettings): boolean => written[key] !== undefined;
  const { distribution } = cluster.kubernetes;
  const followsBranch = cluster.connectivity.source === "git";
  const found: SettingProblem[] = [];
  if (!has("kubeconfig") && !has("digitalocean"))
    found.push({
      key: "kubeconfig.file",
      message: `nothing says which cluster ${cluster.name} is`,
      remedy: "`pulumi config set --path kubeconfig.file <file>` for one that is there, or set digitalocean for one to be made.",
    });
  if (has("kubeconfig") && has("digitalocean"))
    found.push({
      key: "kubeconfig",
      message: "is set beside digitalocean: the cluster is there, or it is to be made",
      remedy: "Remove one of both with `pulumi config rm`.",
    });
  if (has("digitalocean") && distribution !== "managed")
    found.push({
      key: "digitalocean",
      message: `the fleet file says that ${cluster.name} is ${cluster.local ? "local" : distribution}, not managed`,
      remedy: `Write kubernetes: { distribution: managed } for ${cluster.name} in clusters/fleet.yaml, or remove the setting.`,
    });
  if (followsBranch && !has("sourcePassword"))
    found.push({ key: "sourcePassword", message: `is missing: ${cluster.name} follows a branch, and Flux logs in to fetch it` });
  if (followsBranch && has("sourceDockerConfig"))
    found.push({
      key: "sourceDockerConfig",
      message: `is for a registry, and ${cluster.name} follows a branch`,
      remedy: "`pulumi config rm sourceDockerConfig`.",
    });
  if (!followsBranch && (has("sourcePassword") || has("sourceUsername")))
    found.push({
      key: has("sourcePassword") ? "sourcePassword" : "sourceUsername",
      message: `is for a git server, and ${cluster.name} takes artifacts from a registry`,
      remedy: "`pulumi config rm sourcePassword` and sourceUsername; set sourceDockerConfig instead.",
    });
  return found;
};
