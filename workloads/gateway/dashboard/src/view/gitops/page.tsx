import type { ClusterStatus, GitOpsStatus } from "@fogline/contracts";
import { useState } from "preact/hooks";
import type { PageProps } from "../../route.ts";
import { shortRevision } from "../../text/format.ts";
import { gitOpsAnswer, ringsOf, ringText } from "../../text/gitops.ts";
import { Answer } from "../answer.tsx";
import { Columns } from "../columns.tsx";
import { Command } from "../command.tsx";
import { Mark } from "../mark.tsx";
import { moveInRows } from "../rows.ts";
import { ClusterDetail } from "./cluster-detail.tsx";
import { ClusterRow, columns } from "./cluster-row.tsx";
import { Here } from "./here.tsx";
import "../../style/list.css";
import "../../style/gitops.css";

/** Which revision each cluster should run and runs, ring by ring, and what differs from the repository. */
export const Page = ({ store, open, find, go }: PageProps) => {
  const { gitops } = store.state;
  if (gitops === null)
    return (
      <>
        <Answer store={store} sentence={() => "What the repository wants is not known yet"} />
        <p class="empty" aria-busy="true">
          Reading the revisions. If this stays, the hub runs without a repository: start it with npm start inside of one.
        </p>
      </>
    );
  const shown = gitops.clusters.filter((one) => find === "" || wordsOf(one).includes(find));
  return (
    <>
      <Answer store={store} sentence={() => gitOpsAnswer(gitops)} />
      {gitops.refused.length > 0 && <Refused gitops={gitops} />}
      <section aria-labelledby="clusters">
        <h2 id="clusters">Clusters by ring</h2>
        {gitops.clusters.length === 0 ? (
          <p class="empty">The fleet file names no cluster. Its devices run what the hub gives them.</p>
        ) : (
          <Clusters clusters={shown} open={open.cluster ?? null} toggle={(name) => go.open("cluster", open.cluster === name ? null : name)} />
        )}
        {gitops.clusters.length > 0 && shown.length === 0 && <p class="empty">No cluster matches. Escape clears the search.</p>}
      </section>
      <Here gitops={gitops} />
    </>
  );
};

const wordsOf = ({ cluster, ring, state, reason, drift }: ClusterStatus): string =>
  [cluster, ring, state, reason, ...drift.map(({ object }) => object)].join(" ").toLowerCase();

const Refused = ({ gitops: { refused, attemptedRevision, appliedRevision } }: { gitops: GitOpsStatus }) => (
  <section class="refusal" role="alert" aria-label="Refused revision">
    <p>
      <Mark meaning="bad" word="" />
      Revision <code title={attemptedRevision ?? ""}>{shortRevision(attemptedRevision)}</code> was refused, {shortRevision(appliedRevision)} stays.
      Mend {refused.length === 1 ? "this" : `these ${refused.length}`} and commit again:
    </p>
    <ul class="plain differs">
      {refused.map(({ path, message }) => (
        <li key={`${path} ${message}`}>
          <code>{path}</code>
          <span>{message}</span>
        </li>
      ))}
    </ul>
    <p>This says the same before a commit:</p>
    <Command text="npx fogline check" />
  </section>
);

interface ClustersProps {
  readonly clusters: readonly ClusterStatus[];
  readonly open: string | null;
  readonly toggle: (cluster: string) => void;
}

const Clusters = ({ clusters, open, toggle }: ClustersProps) => {
  const [last, setLast] = useState<string | null>(null);
  const current = clusters.some(({ cluster }) => cluster === last) ? last : (clusters[0]?.cluster ?? null);
  return (
    <table class="list clusters" onKeyDown={(event) => moveInRows(event, () => open !== null && toggle(open))}>
      <Columns columns={columns} />
      {ringsOf(clusters).map((ring) => (
        <tbody key={ring.name}>
          <tr class="group">
            <th scope="rowgroup" colSpan={columns.length}>
              {ring.name} <span class="quiet">{ringText(ring)}</span>
            </th>
          </tr>
          {ring.clusters.map((status) => {
            const { cluster } = status;
            return [
              <ClusterRow key={cluster} {...{ status, toggle }} open={open === cluster} current={current === cluster} focused={setLast} />,
              open === cluster && <ClusterDetail key={`detail-${cluster}`} status={status} columns={columns.length} />,
            ];
          })}
        </tbody>
      ))}
    </table>
  );
};
