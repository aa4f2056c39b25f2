import { listAuditRecords, verifyAudit } from "@fogline/contracts";
import { ok } from "@fogline/findings";
import { type Handler, handle } from "@fogline/rpc";
import type { AuditLog } from "./log.ts";

/** What admins ask of the audit. Any gateway answers for all that share its database. */
export const auditHandlers = (log: AuditLog): Handler[] => [
  handle(listAuditRecords, async (wanted) => ok(await log.list(wanted))),
  handle(verifyAudit, async () => {
    const { entries, head, broken } = await log.verify();
    return ok({ entries, intact: broken === null, head, broken });
  }),
];
