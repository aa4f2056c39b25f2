import type { GitOpsStatus, ReconciledWorkload } from "@fogline/contracts";
import { counted, shortRevision } from "../../text/format.ts";
import { Applied } from "../applied.tsx";
import { Mark, type Meaning } from "../mark.tsx";
import { memo } from "../memo.tsx";

/** Which revision of the repository runs, what was refused, and what of it is not enforced. */
export const Revision = memo(({ gitops }: { gitops: GitOpsStatus | null }) => {
  if (gitops === null) return <section class="revision" aria-label="Revision" />;
  const { cluster, appliedRevision, workloads, refused, attemptedRevision, notEnforced } = gitops;
  return (
    <section class="revision" aria-label="Revision">
      <p>{appliedRevision === null ? `No revision of ${cluster} is applied yet.` : <Applied what={cluster} {...gitops} />}</p>
      <ul class="workloads" aria-label="Workloads">
        {workloads.map((workload) => (
          <Workload key={workload.name} workload={workload} />
        ))}
      </ul>
      {refused.length > 0 && (
        <div class="refusal" role="alert">
          <p>
            <Mark meaning="bad" word="" />
            Revision {shortRevision(attemptedRevision)} was refused, {shortRevision(appliedRevision)} stays. Mend this and commit again:
          </p>
          <ul class="plain">
            {refused.map(({ path, message }) => (
              <li key={`${path} ${message}`}>
                <code>{path}</code> {message}
              </li>
            ))}
          </ul>
        </div>
      )}
      {notEnforced.length > 0 && (
        <details>
          <summary>
            {counted(notEnforced.length, "setting")} of the tree {notEnforced.length === 1 ? "is" : "are"} not enforced on this machine
          </summary>
          <ul class="plain">
            {notEnforced.map(({ object, field, why }) => (
              <li key={`${object} ${field}`}>
                <code>{field === null ? object : `${object} ${field}`}</code> {why}
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
});

const meanings: Readonly<Record<ReconciledWorkload["status"], Meaning>> = { running: "good", stopped: "unknown", failed: "bad", disabled: "unknown" };

const Workload = ({ workload: { name, version, replicas, running, status, reason } }: { workload: ReconciledWorkload }) => (
  <li title={reason}>
    <Mark meaning={meanings[status]} word={name} /> <span class="quiet">{version}</span>
    {replicas !== 1 && <span class="quiet"> {`${running} of ${replicas}`}</span>}
    {status !== "running" && (
      <span>
        {" "}
        {status}: {reason}
      </span>
    )}
  </li>
);
