import { describeStep } from "../hub-service/perform.ts";
import type { Machine, Step } from "../hub-service/plan.ts";
import type { HubService } from "../hub-service/service.ts";

/** A hub as it would be installed, and what a test changes of it. */
export const service = (given: Partial<HubService> = {}): HubService => ({
  method: "systemd",
  repository: { kind: "folder", path: "/srv/acme" },
  user: "fogline",
  home: "/var/lib/fogline",
  exposure: {},
  port: 3_000,
  agentPort: 8_091,
  orchestratorPort: 8_080,
  memoryMaxBytes: 536_870_912,
  program: ["/usr/bin/node", "/usr/lib/node_modules/fogline/bin/fogline.js"],
  image: "registry.acme.example/fogline/hub:1.2.0",
  ...given,
});

/** A machine with these files; folders are there when a file below them is. */
export const machine = (files: Record<string, string> = {}, given: Partial<Machine> = {}): Machine => ({
  ...{ isRoot: true, hasSystemd: true, hasCompose: true, users: new Set(["root"]) },
  exists: (path) => Object.keys(files).some((one) => one === path || one.startsWith(`${path}/`)),
  textOf: (path) => files[path],
  ...given,
});
/** What a repository of a fleet has at least. */
export const fleet = { "/srv/acme/clusters/fleet.yaml": "fleet: acme" };

export const inWords = (steps: readonly Step[]) => steps.map(describeStep);
export const fileIn = (steps: readonly Step[], path: string): string => {
  const step = steps.find((one) => one.kind === "writeFile" && one.path === path);
  if (step?.kind !== "writeFile") throw new Error(`the plan writes no ${path}`);
  return step.text;
};
export const written = (steps: readonly Step[]): Record<string, string> =>
  Object.fromEntries(steps.flatMap((step) => (step.kind === "writeFile" ? [[step.path, step.text]] : [])));
