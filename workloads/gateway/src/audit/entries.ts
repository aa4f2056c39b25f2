import type { AuditRecord } from "@fogline/contracts";
import type { Change, Outcome } from "@fogline/rpc";
import type { UnchainedRecord } from "./chain.ts";
import type { AuditRow } from "./schema.ts";

/** An entry before it has its place in the chain. */
export type NewRecord = Omit<UnchainedRecord, "sequence">;

const textLengthMax = 200;
const detailLengthMax = 2_000;

/** Text that every database stores and gives back as it is: well-formed, without control characters, not too long. */
const plain = (text: string, lengthMax = textLengthMax): string =>
  text
    .slice(0, lengthMax)
    .toWellFormed()
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is to be replaced
    .replace(/[\u0000-\u001f\u007f-\u009f]/g, "\uFFFD");

/** What is written down of a change. */
export const entryOf = (
  { requestId, principal, address, operation, target, detail }: Change,
  outcome: Outcome,
  answer: { readonly status: number; readonly code: string | null } | undefined,
  atMs: number,
): NewRecord => ({
  atMs,
  requestId: plain(requestId),
  principal: plain(principal.name),
  role: principal.role,
  address: plain(address),
  operation,
  target: target === null ? null : plain(target),
  outcome,
  status: answer?.status ?? null,
  code: answer?.code ?? null,
  ...(detail === undefined ? {} : { detail: plain(detail, detailLengthMax) }),
});

export const rowOf = ({ atMs, requestId, detail, ...entry }: AuditRecord): AuditRow => ({
  ...entry,
  at_ms: atMs,
  request_id: requestId,
  detail: detail ?? null,
});

export const recordOf = ({ at_ms: atMs, request_id: requestId, detail, ...row }: AuditRow): AuditRecord => ({
  ...row,
  atMs,
  requestId,
  ...(detail === null ? {} : { detail }),
});
