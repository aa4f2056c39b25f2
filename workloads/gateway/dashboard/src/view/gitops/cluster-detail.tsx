import type { ClusterStatus } from "@fogline/contracts";
import { exactTime, nothing } from "../../text/format.ts";
import { nextStep } from "../../text/gitops.ts";
import { Fact } from "../fact.tsx";

/** Why a cluster is as far as it is, what comes next, and what in it is not as the repository says. */
export const ClusterDetail = ({ status, columns }: { status: ClusterStatus; columns: number }) => {
  const { cluster, ring, state, reason, wantedRevision, appliedRevision, lastReconciledAtMs, drift } = status;
  const next = nextStep[state];
  return (
    <tr class="detail" id={`detail-${cluster}`}>
      <td colSpan={columns}>
        <p class="reason">
          {reason}
          {next !== null && <span class="quiet">. {next}</span>}
        </p>
        <dl>
          <Fact name="Ring">{ring}</Fact>
          <Fact name="Wanted revision">
            <code>{wantedRevision ?? nothing}</code>
          </Fact>
          <Fact name="Runs">
            <code>{appliedRevision ?? nothing}</code>
          </Fact>
          <Fact name="Last reconciled">{lastReconciledAtMs === null ? "never" : exactTime(lastReconciledAtMs)}</Fact>
        </dl>
        {drift.length === 0 ? (
          <p class="quiet">
            {lastReconciledAtMs === null ? "Whether it differs from the repository is not known." : "Nothing differs from the repository."}
          </p>
        ) : (
          <div>
            <h3>Not as the repository says</h3>
            <ul class="plain differs">
              {drift.map(({ object, message }) => (
                <li key={`${object} ${message}`}>
                  <code>{object}</code>
                  <span>{message}</span>
                </li>
              ))}
            </ul>
          </div>
        )}
      </td>
    </tr>
  );
};
