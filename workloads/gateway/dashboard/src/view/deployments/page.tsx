import type { DeploymentRecord } from "@fogline/contracts";
import { useState } from "preact/hooks";
import { afterDeploymentEvent, type DeploymentPage, deploymentsAddress } from "../../live/deployments.ts";
import { useFollowed } from "../../live/followed.ts";
import type { PageProps } from "../../route.ts";
import { deploymentsAnswer } from "../../text/deployment.ts";
import { refusalOf } from "../action.tsx";
import { Answer } from "../answer.tsx";
import { Columns } from "../columns.tsx";
import { Found } from "../found.tsx";
import { Older } from "../older.tsx";
import { Reading } from "../read.tsx";
import { moveInRows } from "../rows.ts";
import { Deploy } from "./deploy.tsx";
import { DeploymentDetail } from "./detail.tsx";
import { columns, DeploymentRow } from "./row.tsx";
import "../../style/list.css";
import "../../style/deployments.css";

/** What runs on devices for good: how many replicas of what, where, and a form for one more. */
export const Page = ({ store, hub, open, find, go }: PageProps) => {
  const { state } = store;
  const after = open.after ?? null;
  const read = useFollowed<DeploymentPage>(hub, deploymentsAddress(after), { follow: afterDeploymentEvent });
  const deploying = open.deploy !== undefined;
  const all = read.value?.deployments ?? [];
  const found = all.filter((one) => find === "" || wordsOf(one).includes(find));
  return (
    <>
      <Answer store={store} sentence={() => (read.value === null ? "Deployments" : deploymentsAnswer(all))} />
      <section aria-labelledby="deployments">
        <div class="over">
          <h2 id="deployments">Deployments {find !== "" && <Found find={find} found={found.length} all={all.length} />}</h2>
          <button
            type="button"
            class={deploying ? "" : "primary"}
            aria-expanded={deploying}
            onClick={() => go.open("deploy", deploying ? null : "form")}
          >
            {deploying ? "Close the form" : "Deploy"}
          </button>
        </div>
        {deploying && (
          <Deploy
            devices={state.devices}
            refusal={refusalOf(state, "user")}
            close={() => go.open("deploy", null)}
            made={({ id }) => {
              read.again();
              go.open("deployment", id);
            }}
          />
        )}
        <Reading read={read} what="the deployments">
          {({ deployments, next }) => (
            <>
              {deployments.length === 0 ? (
                <NoDeployments />
              ) : (
                <Deployments
                  found={found}
                  open={open.deployment ?? null}
                  refusal={refusalOf(state, "user")}
                  toggle={(id) => go.open("deployment", open.deployment === id ? null : id)}
                  put={(changed) =>
                    read.put((page) => ({ ...page, deployments: page.deployments.map((one) => (one.id === changed.id ? changed : one)) }))
                  }
                />
              )}
              <Older first={after === null} next={next} to={(from) => go.open("after", from)} />
            </>
          )}
        </Reading>
      </section>
    </>
  );
};

const wordsOf = ({ id, spec, status, reason, replicas }: DeploymentRecord): string =>
  [id, spec.name, ...spec.task.command, spec.task.image, status, reason, ...replicas.map(({ node }) => node)].join(" ").toLowerCase();

const NoDeployments = () => (
  <div class="empty">
    <p>
      Nothing is deployed yet. A deployment keeps a program running: so many replicas on the devices that suit it, or one on each device you name.
    </p>
    <p>When a device is lost, its replicas start on others.</p>
  </div>
);

interface DeploymentsProps {
  readonly found: readonly DeploymentRecord[];
  readonly open: string | null;
  readonly refusal: string | null;
  readonly toggle: (id: string) => void;
  readonly put: (changed: DeploymentRecord) => void;
}

const Deployments = ({ found, open, refusal, toggle, put }: DeploymentsProps) => {
  const [last, setLast] = useState<string | null>(null);
  const current = found.some(({ id }) => id === last) ? last : (found[0]?.id ?? null);
  if (found.length === 0) return <p class="empty">No deployment matches. Escape clears the search.</p>;
  return (
    <table class="list deployments" onKeyDown={(event) => moveInRows(event, () => open !== null && toggle(open))}>
      <Columns columns={columns} />
      <tbody>
        {found.map((deployment) => {
          const { id } = deployment;
          return [
            <DeploymentRow key={id} {...{ deployment, toggle }} open={open === id} current={current === id} focused={setLast} />,
            open === id && <DeploymentDetail key={`detail-${id}`} {...{ deployment, refusal, put }} columns={columns.length} />,
          ];
        })}
      </tbody>
    </table>
  );
};
