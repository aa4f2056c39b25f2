import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { root } from "../scripts/root.ts";
import { imageNames } from "./sources.ts";

const workloads = readdirSync(join(root, "workloads")).sort();
const containerfile = (name: string): string => readFileSync(join(root, "workloads", name, "Containerfile"), "utf8");
const instructions = (text: string, instruction: string): string[] =>
  text.split("\n").flatMap((line) => (line.startsWith(`${instruction} `) ? [line.slice(instruction.length + 1)] : []));

interface Pod {
  readonly containers: readonly {
    readonly ports?: readonly { readonly containerPort: number }[];
    readonly volumeMounts: readonly { readonly mountPath: string; readonly readOnly?: boolean }[];
  }[];
  readonly securityContext: { readonly runAsUser: number; readonly runAsGroup: number };
}
const podOf = (name: string): Pod => {
  const file = name === "agent" ? "daemonset-agent" : `deployment-${name}`;
  return parse(readFileSync(join(root, "clusters/cloud/apps", name, `${file}.yaml`), "utf8")).spec.template.spec;
};

describe("the Containerfiles", () => {
  it("are those of every workload, and each is an image", () => {
    expect([...imageNames]).toEqual(workloads);
    for (const name of workloads) expect(containerfile(name)).toMatch(/^ENTRYPOINT /m);
  });

  it.each(workloads)("of %s runs nothing while it is built, so that any machine builds it for any other", (name) => {
    expect(instructions(containerfile(name), "RUN")).toEqual([]);
    expect(instructions(containerfile(name), "FROM")).toEqual([`\${BASE}`]);
  });

  it.each(workloads)("of %s fits the pod of the rendered tree: its user, its ports, where it keeps its state", (name) => {
    const { containers, securityContext } = podOf(name);
    const [container] = containers;
    const text = containerfile(name);
    expect(instructions(text, "USER")).toEqual([`${securityContext.runAsUser}:${securityContext.runAsGroup}`]);
    const ports = (container?.ports ?? []).map(({ containerPort }) => containerPort).sort();
    expect(
      instructions(text, "EXPOSE")
        .flatMap((line) => line.split(" ").map(Number))
        .sort(),
    ).toEqual(ports);
    expect(instructions(text, "WORKDIR")).toEqual(["/var/lib/fogline"]);
    const kept = container?.volumeMounts.filter(({ mountPath, readOnly }) => mountPath !== "/tmp" && !readOnly) ?? [];
    expect(kept.filter(({ mountPath }) => !`${mountPath}/`.startsWith("/var/lib/fogline/"))).toEqual([]);
  });
});
