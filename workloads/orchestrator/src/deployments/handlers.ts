import { createDeployment, deploymentLogs, failureOf, getDeployment, listDeployments, stopDeployment } from "@fogline/contracts";
import { fail, ok } from "@fogline/findings";
import type { Clock, Random } from "@fogline/ports";
import { type Client, type Handler, handle } from "@fogline/rpc";
import { firstPage } from "../page.ts";
import type { DeploymentController } from "./controller.ts";
import { logsOf } from "./logs.ts";
import type { Deployments } from "./repository.ts";

export interface DeploymentHandlerParts {
  readonly deployments: Deployments;
  readonly controller: DeploymentController;
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
}

/** Longest wait for one device's logs: below the operation's own limit, so that the others are still answered. */
const logsTimeoutMs = 8_000;

export const deploymentHandlers = ({ deployments, controller, client, clock, random }: DeploymentHandlerParts): Handler[] => [
  handle(createDeployment, async (spec, context) => {
    const wanted = { id: random.id(), spec, createdAtMs: clock.now() };
    const record = await deployments.create(wanted, (transaction, created) => context.remember(transaction, created));
    if (record === undefined) return fail(failureOf(createDeployment, "nameTaken", { name: spec.name }));
    void controller.reconcile(record.id);
    return ok(record);
  }),
  handle(listDeployments, async ({ limit, after }) => {
    const records = (await deployments.list()).map(({ record }) => record);
    const { items, next } = firstPage(records.slice(after === undefined ? 0 : records.findIndex(({ id }) => id === after) + 1), limit);
    return ok({ deployments: [...items], next });
  }),
  handle(getDeployment, async ({ id }) => {
    const deployment = await deployments.get(id);
    return deployment ? ok(deployment.record) : fail(failureOf(getDeployment, "notFound", { id }));
  }),
  handle(stopDeployment, async ({ id }) => {
    const stopped = await deployments.change(id, () => ({ stopped: true }));
    if (stopped === undefined) return fail(failureOf(stopDeployment, "notFound", { id }));
    void controller.reconcile(id);
    return ok(stopped.record);
  }),
  handle(deploymentLogs, async ({ id, tailBytes }) => {
    const deployment = await deployments.get(id);
    if (deployment === undefined) return fail(failureOf(deploymentLogs, "notFound", { id }));
    return ok({ replicas: await logsOf(client, deployment.replicas, { tailBytes, timeoutMs: logsTimeoutMs }) });
  }),
];
