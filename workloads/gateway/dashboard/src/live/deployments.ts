import type { DeploymentRecord, deploymentLogs, Output } from "@fogline/contracts";
import { type Answer, ask } from "./http.ts";
import type { Change } from "./hub.ts";

export interface DeploymentPage {
  readonly deployments: readonly DeploymentRecord[];
  readonly next: string | null;
}

export const deploymentsAddress = (after: string | null): string =>
  `/api/deployments?limit=100${after === null ? "" : `&after=${encodeURIComponent(after)}`}`;

/** A page of deployments after an event. They are sorted by name, so where a new one belongs only the hub knows: null reads anew. */
export const afterDeploymentEvent = (page: DeploymentPage, { name, data }: Change): DeploymentPage | null => {
  if (name !== "deployments.changed") return page;
  const { deployment } = data as { deployment: DeploymentRecord };
  const known = page.deployments.find(({ id }) => id === deployment.id);
  if (known === undefined) return null;
  if (known.version > deployment.version) return page;
  return { ...page, deployments: page.deployments.map((one) => (one.id === deployment.id ? deployment : one)) };
};

const address = (id: string): string => `/api/deployments/${encodeURIComponent(id)}`;

export const stopDeployment = (id: string): Promise<Answer<DeploymentRecord>> => ask<DeploymentRecord>("POST", `${address(id)}/stop`);

export type Logs = Output<(typeof deploymentLogs)["response"]>;

const logsTimeoutMs = 20_000;
const logsTailBytes = 16_384;

export const readLogs = (id: string): Promise<Answer<Logs>> =>
  ask<Logs>("GET", `${address(id)}/logs?tailBytes=${logsTailBytes}`, undefined, { timeoutMs: logsTimeoutMs });
