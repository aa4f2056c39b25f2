import type { Finding } from "@fogline/findings";
import { parseDocument } from "yaml";
import { z } from "zod";
import { inputFinding } from "./input-finding.ts";

/** Where day 0 writes down what it learned, one file a cluster. */
export const factsFolder = "clusters/facts";

/** The file of a cluster, from the repository's root. */
export const factsPath = (cluster: string): string => `${factsFolder}/${cluster}.yaml`;

/** What day 0 learned of a cluster: where it answers and by what it is known again. Nothing of it is secret. */
export interface ClusterFacts {
  readonly cluster: string;
  /** Who made the cluster; `kubeconfig` for one that was there before. */
  readonly provider: "digitalocean" | "kubeconfig";
  readonly apiServer: {
    readonly url: string;
    /** SHA-256 of the certificate of its authority, as `sha256:` and hexadecimal; absent where the kubeconfig holds none. */
    readonly authority?: string;
  };
  /** Where the provider keeps it. */
  readonly network?: { readonly region: string; readonly ipRange: string };
}

const FILE_CHARACTERS_MAX = 10_000;
const name = z.string().regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, "must be a name of lower-case letters, digits and hyphens");

const schema = z.strictObject({
  cluster: name,
  provider: z.enum(["digitalocean", "kubeconfig"]),
  apiServer: z.strictObject({
    // No user and no query: an address may be in git, a password never.
    url: z.string().regex(/^https:\/\/[^\s@/?#]+(\/[^\s@?#]*)?$/, "must be an https address without a user"),
    authority: z
      .string()
      .regex(/^sha256:[0-9a-f]{64}$/, "must be sha256: and 64 hexadecimal digits")
      .exactOptional(),
  }),
  network: z
    .strictObject({ region: name, ipRange: z.string().regex(/^[0-9a-f.:]+\/\d{1,3}$/, "must be a range such as 10.20.0.0/20") })
    .exactOptional(),
});

/** The text of a cluster's file: always the same for the same facts. */
export const clusterFactsText = ({ cluster, provider, apiServer: { url, authority }, network }: ClusterFacts): string =>
  [
    `# What day 0 learned of cluster ${cluster}, written by its stack (docs/day-zero.md).`,
    `cluster: ${cluster}`,
    `provider: ${provider}`,
    "apiServer:",
    `  url: ${url}`,
    ...(authority === undefined ? [] : [`  authority: ${authority}`]),
    ...(network === undefined ? [] : ["network:", `  region: ${network.region}`, `  ipRange: ${network.ipRange}`]),
    "",
  ].join("\n");

/** Reads a cluster's file; `path` says whose it must be. All problems together (FL3305); with any of them there are no facts. Never throws. */
export const readClusterFacts = (text: string, path: string): { readonly facts?: ClusterFacts; readonly findings: readonly Finding[] } => {
  const problem = (message: string): Finding => inputFinding("FL3305", message, { file: path });
  if (text.length > FILE_CHARACTERS_MAX)
    return { findings: [problem(`the file has ${text.length} characters, the limit is ${FILE_CHARACTERS_MAX}`)] };
  let value: unknown;
  try {
    const document = parseDocument(text, { prettyErrors: false, logLevel: "error" });
    const [broken] = document.errors;
    if (broken !== undefined) return { findings: [problem(broken.message)] };
    value = document.toJS({ maxAliasCount: 0 });
  } catch (thrown) {
    return { findings: [problem(`the file cannot be expanded: ${thrown instanceof Error ? thrown.message : String(thrown)}`)] };
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    return { findings: parsed.error.issues.map(({ path: at, message }) => problem(`${at.map(String).join(".") || "the file"}: ${message}`)) };
  }
  const { data } = parsed;
  if (factsPath(data.cluster) !== path) return { findings: [problem(`it is about cluster ${data.cluster}, and stands in ${path}`)] };
  return { facts: data, findings: [] };
};
