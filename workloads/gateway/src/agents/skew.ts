import { agentProtocolVersion, type FromAgent, versionSkew } from "@fogline/contracts";
import type { RpcLog } from "@fogline/rpc";
import { gatewayVersion } from "../version.ts";

type Hello = Extract<FromAgent, { type: "hello" }>;

/** Why an agent of this version is not taken; undefined when it is. What somebody should act on is in the log. */
export const misfitOf = (
  { nodeId, agentVersion, protocol }: Pick<Hello, "nodeId" | "agentVersion" | "protocol">,
  log: RpcLog,
): string | undefined => {
  const skew = versionSkew({ version: gatewayVersion, protocol: agentProtocolVersion }, { version: agentVersion, protocol });
  if (skew.state === "refuse") return skew.reason;
  if (skew.state === "warn") log.warn({ node: nodeId, reason: skew.reason }, "an agent's version is at the edge of what this hub takes");
  return undefined;
};
