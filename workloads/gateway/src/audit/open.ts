import type { Clock, Database } from "@fogline/ports";
import type { RpcLog } from "@fogline/rpc";
import { derivedKey, type GatewaySecrets } from "../secrets.ts";
import { AuditLog } from "./log.ts";
import type { AuditSchema } from "./schema.ts";
import { AuditTrail } from "./trail.ts";

/** The audit of a gateway: the chain in its database, and the trail that writes to it. */
export const openAudit = (parts: {
  readonly database: Database<AuditSchema>;
  readonly secrets: Pick<GatewaySecrets, "rootKey">;
  readonly kept: number;
  readonly clock: Clock;
  readonly log: RpcLog;
}): { readonly log: AuditLog; readonly trail: AuditTrail } => {
  const { database, secrets, kept, clock, log } = parts;
  const chain = new AuditLog({ database, key: derivedKey(secrets, "audit"), kept });
  return { log: chain, trail: new AuditTrail({ append: (entries) => chain.append(entries), clock, log }) };
};
