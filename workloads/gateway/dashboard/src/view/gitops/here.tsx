import type { GitOpsStatus, ReconciledWorkload } from "@fogline/contracts";
import { counted } from "../../text/format.ts";
import { Applied } from "../applied.tsx";
import { Mark, type Meaning } from "../mark.tsx";
import { memo } from "../memo.tsx";

const meanings: Readonly<Record<ReconciledWorkload["status"], Meaning>> = { running: "good", stopped: "unknown", failed: "bad", disabled: "unknown" };

/** What this hub itself runs of its tree, and what of the tree it cannot enforce. */
export const Here = memo(({ gitops }: { gitops: GitOpsStatus }) => {
  const { cluster, appliedRevision, workloads, notEnforced } = gitops;
  return (
    <section class="rest" aria-labelledby="here">
      <h2 id="here">This hub, cluster {cluster}</h2>
      <p>
        {appliedRevision === null ? (
          "No revision is applied yet."
        ) : (
          <>
            <Applied what="It" {...gitops} />.
          </>
        )}
      </p>
      {workloads.length > 0 && (
        <ul class="workloads" aria-label="Workloads">
          {workloads.map(({ name, version, replicas, running, status, reason }) => (
            <li key={name} title={reason}>
              <Mark meaning={meanings[status]} word={name} />{" "}
              <span class="quiet">
                {version}
                {replicas !== 1 && `, ${running} of ${replicas}`}
              </span>
              {status !== "running" && ` ${status}: ${reason}`}
            </li>
          ))}
        </ul>
      )}
      {notEnforced.length === 0 ? (
        <p class="quiet">Everything of the tree is enforced here.</p>
      ) : (
        <details>
          <summary>
            {counted(notEnforced.length, "setting")} of the tree {notEnforced.length === 1 ? "is" : "are"} not enforced on this machine
          </summary>
          <ul class="plain differs">
            {notEnforced.map(({ object, field, why }) => (
              <li key={`${object} ${field}`}>
                <code>{field === null ? object : `${object} ${field}`}</code>
                <span>{why}</span>
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
});
