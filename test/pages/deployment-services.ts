import { createDeployment, type DeploymentRecord, deploymentLogs, failureOf, listDeployments, stopDeployment } from "@fogline/contracts";
import { fail, ok } from "@fogline/findings";
import { type Answering, answering } from "./answering.ts";
import { taskOf } from "./records.ts";

/** A deployment with one replica that runs on pi-2, with what a test says of it. */
export const deploymentOf = (name: string, nowMs: number, change: Partial<DeploymentRecord> = {}): DeploymentRecord => {
  const { restart: _, node: __, timeoutMs: ___, duplicates: ____, attemptsMax: _____, ...task } = taskOf("t-1", nowMs).spec;
  return {
    id: `d-${name}`,
    spec: { name, replicas: 1, task },
    status: "running",
    reason: "1 of 1 runs",
    replicas: [{ index: 0, taskId: "t-81", node: "pi-2", status: "running" }],
    createdAtMs: nowMs - 86_400_000,
    version: 1,
    ...change,
  };
};

/** One that runs on every named device, one that lacks a replica, and one that was stopped. */
export const deploymentsOf = (nowMs: number): DeploymentRecord[] => {
  const { spec } = deploymentOf("detector", nowMs);
  return [
    deploymentOf("detector", nowMs, {
      spec: { ...spec, nodes: ["pi-1", "pi-2", "pi-3"] },
      reason: "3 of 3 run",
      replicas: ["pi-1", "pi-2", "pi-3"].map((node, index) => ({ index, taskId: `t-${60 + index}`, node, status: "running" })),
    }),
    deploymentOf("recorder", nowMs, {
      spec: { ...spec, name: "recorder", replicas: 3 },
      status: "degraded",
      reason: "2 of 3 run; 1 waits: no node has 2048 MiB free",
      replicas: [
        { index: 0, taskId: "t-70", node: "jetson-1", status: "running" },
        { index: 1, taskId: "t-71", node: "jetson-2", status: "running" },
        { index: 2, taskId: "t-72", node: null, status: "queued" },
      ],
    }),
    deploymentOf("trial", nowMs, { spec: { ...spec, name: "trial" }, status: "stopped", reason: "stopped by ada", replicas: [] }),
  ];
};

export interface DeploymentServices {
  readonly deployments: Map<string, DeploymentRecord>;
  readonly answers: (world: unknown, nowMs: number) => readonly Answering[];
}

/** The orchestrator as the page of deployments sees it. */
export const deploymentServices = (records: (nowMs: number) => DeploymentRecord[] = deploymentsOf): DeploymentServices => {
  const deployments = new Map<string, DeploymentRecord>();
  return {
    deployments,
    answers: (_, nowMs) => {
      for (const record of records(nowMs)) deployments.set(record.id, record);
      return [
        answering(listDeployments, async () => ok({ deployments: [...deployments.values()], next: null })),
        answering(createDeployment, async (spec) => {
          const taken = [...deployments.values()].some((one) => one.spec.name === spec.name && one.status !== "stopped");
          if (taken) return fail(failureOf(createDeployment, "nameTaken", { name: spec.name }));
          const record = deploymentOf(spec.name, nowMs, { spec, status: "progressing", reason: `0 of ${spec.replicas} run yet`, replicas: [] });
          deployments.set(record.id, record);
          return ok(record);
        }),
        answering(stopDeployment, async ({ id }) => {
          const known = deployments.get(id);
          if (known === undefined) return fail(failureOf(stopDeployment, "notFound", { id }));
          const stopped: DeploymentRecord = { ...known, status: "stopped", reason: "stopped by ada", replicas: [], version: known.version + 1 };
          deployments.set(id, stopped);
          return ok(stopped);
        }),
        answering(deploymentLogs, async ({ id }) =>
          ok({
            replicas: (deployments.get(id)?.replicas ?? []).map(({ index, node }) => ({
              ...{ index, node },
              text: node === null ? "" : "12:00:01 camera 3 is open\n12:00:04 2 people at the gate\n",
              unavailable: node === null ? "it runs nowhere" : null,
            })),
          }),
        ),
      ];
    },
  };
};
