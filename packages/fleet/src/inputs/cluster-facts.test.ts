import { describe, expect, it } from "vitest";
import { type ClusterFacts, clusterFactsText, factsPath, readClusterFacts } from "./cluster-facts.ts";

const authority = `sha256:${"ab".repeat(32)}`;
const facts: ClusterFacts = {
  cluster: "cloud",
  provider: "digitalocean",
  apiServer: { url: "https://cloud.k8s.example:443", authority },
  network: { region: "fra1", ipRange: "10.20.0.0/20" },
};
const text = clusterFactsText(facts);
const said = (changed: string) => readClusterFacts(changed, factsPath("cloud")).findings.map(({ code, message }) => `${code} ${message}`);

describe("what day 0 learned of a cluster", () => {
  it("is read as it was written", () => {
    expect(readClusterFacts(text, "clusters/facts/cloud.yaml")).toEqual({ facts, findings: [] });
    const { network: _network, ...least } = { ...facts, apiServer: { url: "https://[fd00::1]:6443" }, provider: "kubeconfig" as const };
    expect(readClusterFacts(clusterFactsText(least), factsPath("cloud")).facts).toEqual(least);
  });

  it.each([
    ["no YAML", "cluster: [", "FL3305 "],
    ["an empty file", "", "FL3305 the file: "],
    ["what it has no name for", `${text}token: abc\n`, 'FL3305 the file: Unrecognized key: "token"'],
    ["a provider that there is none of", text.replace("digitalocean", "somebody"), "FL3305 provider: "],
    ["an address with a password", text.replace("https://", "https://user:word@"), "FL3305 apiServer.url: must be an https address without a user"],
    ["an address in clear", text.replace("https:", "http:"), "FL3305 apiServer.url: "],
    ["a fingerprint of another length", text.replace("abab", ""), "FL3305 apiServer.authority: must be sha256: and 64 hexadecimal digits"],
    [
      "another cluster's",
      text.replaceAll("cluster: cloud", "cluster: other"),
      "FL3305 it is about cluster other, and stands in clusters/facts/cloud.yaml",
    ],
    ["what is far too long", "#".repeat(10_001), "FL3305 the file has 10001 characters"],
  ])("is refused for %s", (_what, changed, expected) => {
    expect(said(changed)).toEqual([expect.stringContaining(expected)]);
  });

  it("is refused for everything at once, and never by its value", () => {
    const [first, second, ...more] = said(text.replace("https://", "https://user:word@").replace(authority, "s3cret"));
    expect(more).toEqual([]);
    expect(`${first} ${second}`).not.toMatch(/word|s3cret/);
  });
});
