import type { AuditRecord } from "@fogline/contracts";
import type { Go } from "../../route.ts";
import { type Change, isCutOff, resultText } from "../../text/audit.ts";
import { exactTime, nothing } from "../../text/format.ts";
import { Columns } from "../columns.tsx";
import { Mark, type Meaning } from "../mark.tsx";
import { memo } from "../memo.tsx";
import { hubNow } from "../time.tsx";

const columns = ["When", "Who", "What", "To", "From", "Result"] as const;
const meanings: Readonly<Record<AuditRecord["outcome"], Meaning>> = { attempted: "busy", done: "good", refused: "attention", failed: "bad" };

/** Changes, newest first. Who, what and to what narrow the list to the same. */
export const Entries = memo(({ changes, go }: { changes: readonly Change[]; go: Go }) => (
  <table class="list entries">
    <Columns columns={columns} />
    <tbody>
      {changes.map((change) => (
        <Entry key={change.asked.sequence} change={change} go={go} />
      ))}
    </tbody>
  </table>
));

const Entry = ({ change, go }: { change: Change; go: Go }) => {
  const { asked, went } = change;
  const { atMs, sequence, principal, role, operation, target, address, requestId } = asked;
  const cutOff = isCutOff(change, hubNow());
  const same = (kind: string, value: string) => (
    <button type="button" class="link" title={`Only changes with ${value}`} onClick={() => go.open(kind, value)}>
      {value}
    </button>
  );
  return (
    <tr class="row still" title={`entry ${sequence}, request ${requestId}`}>
      <td class="beside bare" data-label="When">
        <time dateTime={new Date(atMs).toISOString()}>{exactTime(atMs)}</time>
      </td>
      <td data-label="Status" class="who">
        {same("principal", principal)} <span class="quiet">{role}</span>
      </td>
      <td class="wrap" data-label="What">
        {same("operation", operation)}
      </td>
      <td class="wrap" data-label="To">
        {target === null ? nothing : same("target", target)}
      </td>
      <td class="wrap" data-label="From">
        {address}
      </td>
      <td class="wrap full" data-label="Result">
        <Mark meaning={went === null ? (cutOff ? "attention" : "busy") : meanings[went.outcome]} word={resultText(change, cutOff)} />
      </td>
    </tr>
  );
};
