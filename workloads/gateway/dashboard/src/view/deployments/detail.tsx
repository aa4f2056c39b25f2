import type { DeploymentRecord } from "@fogline/contracts";
import { describeBytes } from "@fogline/units";
import { useState } from "preact/hooks";
import { type Logs, readLogs, stopDeployment } from "../../live/deployments.ts";
import type { Refused } from "../../live/http.ts";
import { curlOf } from "../../text/curl.ts";
import { counted, nothing } from "../../text/format.ts";
import { typed } from "../../text/shell-words.ts";
import { Action } from "../action.tsx";
import { Heads } from "../columns.tsx";
import { Fact } from "../fact.tsx";
import { Mark, ofTask } from "../mark.tsx";
import { Time } from "../time.tsx";

interface DeploymentDetailProps {
  readonly deployment: DeploymentRecord;
  readonly columns: number;
  readonly refusal: string | null;
  readonly put: (changed: DeploymentRecord) => void;
}

/** What a deployment is, where its replicas are, what they wrote, and how to stop it, below its row. */
export const DeploymentDetail = ({ deployment, columns, refusal, put }: DeploymentDetailProps) => {
  const { id, spec, status, reason, createdAtMs, replicas } = deployment;
  return (
    <tr class="detail" id={`detail-${id}`}>
      <td colSpan={columns}>
        <p class="reason">{reason}</p>
        <pre>{typed(spec.task.command)}</pre>
        <dl>
          <Fact name="Wanted">
            {spec.nodes === undefined ? `${counted(spec.replicas, "replica")}, where it suits best` : `one on each of ${spec.nodes.join(", ")}`}
          </Fact>
          <Fact name="Image">{spec.task.image ?? "none: on the device itself"}</Fact>
          <Fact name="Each needs">{`${spec.task.cpuCores} CPU cores, ${describeBytes(spec.task.memoryBytes)} memory${spec.task.gpu ? ", a GPU" : ""}`}</Fact>
          <Fact name="Made">
            <Time at={createdAtMs} />
          </Fact>
          <Fact name="Id">{id}</Fact>
        </dl>
        {replicas.length > 0 && <Replicas replicas={replicas} />}
        <LogsOf id={id} />
        {status !== "stopped" && (
          <Action
            verb={`Stop ${spec.name}`}
            keep="Let it run"
            effect={`All ${counted(replicas.length, "replica")} of ${spec.name} end. The record stays, and the name can be used for a new deployment.`}
            act={() => stopDeployment(id)}
            done={(stopped) => {
              put(stopped);
              return `${spec.name} is ${stopped.status}`;
            }}
            command={curlOf(location.origin, "POST", `/api/deployments/${id}/stop`)}
            refusal={refusal}
          />
        )}
      </td>
    </tr>
  );
};

const Replicas = ({ replicas }: Pick<DeploymentRecord, "replicas">) => (
  <div class="placement">
    <table class="scores">
      <caption class="hidden">Replicas</caption>
      <Heads columns={[{ title: "Replica", number: true }, "Status", "Device", "Task"]} />
      <tbody>
        {replicas.map(({ index, status, node, taskId }) => (
          <tr key={index}>
            <th scope="row" class="number">
              {index}
            </th>
            <td>{status === null ? <Mark meaning="unknown" word="not placed yet" /> : <Mark meaning={ofTask[status]} word={status} />}</td>
            <td>{node === null ? nothing : <a href={`/devices/${encodeURIComponent(node)}`}>{node}</a>}</td>
            <td>{taskId === null ? nothing : <a href={`/tasks/${encodeURIComponent(taskId)}`}>{taskId}</a>}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </div>
);

/** What the replicas wrote, asked of their devices when somebody wants to know. */
const LogsOf = ({ id }: { id: string }) => {
  const [busy, setBusy] = useState(false);
  const [logs, setLogs] = useState<Logs | null>(null);
  const [refused, setRefused] = useState<Refused | null>(null);
  const look = async (): Promise<void> => {
    setBusy(true);
    const answer = await readLogs(id);
    setBusy(false);
    if (answer.ok) setLogs(answer.value);
    setRefused(answer.ok ? null : answer);
  };
  return (
    <div class="logs">
      <div class="ask">
        <button type="button" disabled={busy} onClick={look}>
          {busy ? "Asking the devices" : logs === null ? "Show what they wrote" : "Look again"}
        </button>
        <span role="status" class="bad">
          {refused === null ? "" : `The logs are not here: ${refused.message}.`}
        </span>
      </div>
      {logs?.replicas.length === 0 && <p class="quiet">It has no replicas, so there are no logs.</p>}
      {logs?.replicas.map(({ index, node, text, unavailable }) => (
        <div key={index}>
          <h3>
            Replica {index}
            {node !== null && ` on ${node}`}
          </h3>
          {unavailable !== null ? (
            <p class="quiet">Not available: {unavailable}.</p>
          ) : text === "" ? (
            <p class="quiet">It wrote nothing.</p>
          ) : (
            <pre>{text}</pre>
          )}
        </div>
      ))}
    </div>
  );
};
