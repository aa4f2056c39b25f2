import { type EnrolmentToken, enrolmentTokenPrefix } from "@fogline/contracts";
import type { GatewayConfig } from "../config.ts";

/** A token as it is typed. */
export const tokenText = (token: EnrolmentToken): string => enrolmentTokenPrefix + Buffer.from(JSON.stringify(token)).toString("base64url");

/** The names and addresses under which agents reach this gateway, the first one being the one that they are told. */
export const agentNamesOf = ({ agentNames, agentHost }: Pick<GatewayConfig, "agentNames" | "agentHost">): string[] => {
  const everywhere = ["0.0.0.0", "::", ""];
  const named = agentNames === "" ? [] : agentNames.split(",");
  return [...new Set([...named, ...(everywhere.includes(agentHost) ? [] : [agentHost]), "localhost", "127.0.0.1", "::1"])];
};

/** Where the device of a token connects to. */
export const agentUrlOf = (config: Pick<GatewayConfig, "agentNames" | "agentHost" | "agentUrl">, port: number): string => {
  if (config.agentUrl !== "") return config.agentUrl;
  const [name = "localhost"] = agentNamesOf(config);
  return `wss://${name.includes(":") ? `[${name}]` : name}:${port}/agent`;
};
