import type { DeviceState, EdgeMetrics, NodeDeclaration, NodeRecord, NodeStatus } from "@fogline/contracts";
import type { NodeRow } from "../schema.ts";

/** What changes with every sign of life. Kept in memory and written at most every few seconds: losing the last ones costs nothing. */
export interface LiveState {
  readonly state: DeviceState | null;
  readonly executions: readonly string[];
  /** Null when the agent is too old to say. */
  readonly metrics: EdgeMetrics | null;
  readonly lastSeenAtMs: number;
  /** The same moment on the monotonic clock of this process. */
  readonly lastSeenMonotonicMs: number;
}

/** The row of a node that has just been declared. */
export const declaredRow = (declaration: NodeDeclaration, nowMs: number): NodeRow => ({
  id: declaration.id,
  declaration: JSON.stringify(declaration),
  status: "never-seen",
  status_since_ms: nowMs,
  reason: "declared; its agent has not connected yet",
  draining: 0,
  simulated: 0,
  agent_version: null,
  boot_id: null,
  capabilities: null,
  state: null,
  metrics: null,
  executions: "[]",
  last_seen_at_ms: null,
  connection_id: null,
  probe_address: null,
  version: 1,
});

/** What is declared of the node of a row. */
export const declarationOf = ({ declaration }: Pick<NodeRow, "declaration">): NodeDeclaration => JSON.parse(declaration);

/** The columns that a live state stands for. */
export const liveColumns = (live: LiveState) => ({
  state: live.state === null ? null : JSON.stringify(live.state),
  executions: JSON.stringify(live.executions),
  metrics: live.metrics === null ? null : JSON.stringify(live.metrics),
  last_seen_at_ms: live.lastSeenAtMs,
});

/** The record of a row; a newer live state wins over what the row has. */
export const recordOf = (row: NodeRow, live?: LiveState): NodeRecord => ({
  ...declarationOf(row),
  status: row.status as NodeStatus,
  statusSinceMs: row.status_since_ms,
  reason: row.reason,
  draining: row.draining === 1,
  simulated: row.simulated === 1,
  agentVersion: row.agent_version,
  bootId: row.boot_id,
  capabilities: row.capabilities === null ? null : JSON.parse(row.capabilities),
  state: live?.state ?? (row.state === null ? null : JSON.parse(row.state)),
  executions: [...(live?.executions ?? (JSON.parse(row.executions) as string[]))],
  metrics: live === undefined ? (row.metrics === null ? null : JSON.parse(row.metrics)) : live.metrics,
  lastSeenAtMs: live?.lastSeenAtMs ?? row.last_seen_at_ms,
  version: row.version,
});
