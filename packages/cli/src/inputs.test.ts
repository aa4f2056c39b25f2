import { describe, expect, it } from "vitest";
import { inputsIn } from "./inputs.ts";

describe("what is read beside the fleet file", () => {
  it("has every problem of what day 0 wrote down, with its file", () => {
    const files = new Map([
      ["clusters/facts/cloud.yaml", "cluster: cloud\nprovider: kubeconfig\napiServer:\n  url: http://cloud.example\n"],
      ["clusters/facts/dev.yaml", "cluster: dev\nprovider: kubeconfig\napiServer:\n  url: https://127.0.0.1:6443\n"],
      ["clusters/facts/edge-pi.yaml", "cluster: edge-jetson\nprovider: kubeconfig\napiServer:\n  url: https://10.7.1.1:6443\n"],
    ]);
    expect(inputsIn(files).findings.map(({ code, place }) => `${code} ${place?.file}`)).toEqual([
      "FL3305 clusters/facts/cloud.yaml",
      "FL3305 clusters/facts/edge-pi.yaml",
    ]);
  });
});
