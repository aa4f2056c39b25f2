import type { PlacementExplanation, TaskRecord, TaskResult } from "@fogline/contracts";
import { nothing } from "../text/format.ts";
import { Command } from "./command.tsx";
import { Fact } from "./device-detail.tsx";
import { memo } from "./memo.tsx";
import { Time } from "./time.tsx";

export interface TaskDetailProps {
  readonly task: TaskRecord;
  readonly columns: number;
  readonly showDevice: (id: string) => void;
}

/** Why a task is where it is and what came of it, below its row. */
export const TaskDetail = memo(({ task, columns, showDevice }: TaskDetailProps) => (
  <tr class="detail" id={`detail-${task.id}`}>
    <td colSpan={columns}>
      <p class="reason">{task.reason}</p>
      <dl>
        <Fact name="Task">{task.id}</Fact>
        <Fact name="Device">
          {task.node === null ? (
            "none yet"
          ) : (
            <button type="button" class="link" onClick={() => task.node !== null && showDevice(task.node)}>
              {task.node}
            </button>
          )}
        </Fact>
        <Fact name="Submitted">
          <Time at={task.createdAtMs} />
        </Fact>
        <Fact name="Started">{task.startedAtMs === null ? nothing : <Time at={task.startedAtMs} />}</Fact>
        <Fact name="Ended">{task.finishedAtMs === null ? nothing : <Time at={task.finishedAtMs} />}</Fact>
        <Fact name="Priority">{task.spec.priority}</Fact>
        <Fact name="If its device is lost">{task.spec.duplicates === "allowed" ? "runs again elsewhere" : "never runs twice"}</Fact>
      </dl>
      {task.placement !== null && <Placement placement={task.placement} />}
      {task.result !== null && <Result result={task.result} />}
      <div class="action">
        <Command text={`npx fogline task explain ${task.id}`} />
      </div>
    </td>
  </tr>
));

const scoreText = (score: number): string => (score >= 10 ? score.toFixed(1) : score.toFixed(2));
const partText = ({ kind, value }: { kind: "points" | "factor"; value: number }): string =>
  kind === "factor" ? `×${value.toFixed(2)}` : value.toFixed(1);

const Placement = ({ placement: { candidates, refused, chosen, profile, decidedAtMs } }: { placement: PlacementExplanation }) => {
  const names = [...new Set(candidates.flatMap(({ parts }) => parts.map(({ name }) => name)))];
  return (
    <div class="placement">
      {candidates.length > 0 && (
        <table class="scores">
          <caption>
            Candidates by the scores of profile {profile}, decided <Time at={decidedAtMs} />
          </caption>
          <thead>
            <tr>
              <th scope="col">Device</th>
              {names.map((name) => (
                <th key={name} scope="col" class="number">
                  {name}
                </th>
              ))}
              <th scope="col" class="number">
                Score
              </th>
              <th scope="col">Because</th>
            </tr>
          </thead>
          <tbody>
            {candidates.map(({ node, score, parts }) => (
              <tr key={node} class={node === chosen ? "chosen" : ""}>
                <th scope="row">{node === chosen ? `${node}, chosen` : node}</th>
                {names.map((name) => {
                  const part = parts.find((one) => one.name === name);
                  return (
                    <td key={name} class="number">
                      {part === undefined ? nothing : partText(part)}
                    </td>
                  );
                })}
                <td class="number">{scoreText(score)}</td>
                <td class="quiet">{parts.flatMap(({ reason }) => (reason === undefined ? [] : [reason])).join(", ")}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {refused.length > 0 && (
        <>
          <h3>{candidates.length === 0 ? "Every device refused" : "Refused"}</h3>
          <ul class="plain refused">
            {refused.map(({ node, refusal }) => (
              <li key={node}>
                <span>{node}</span> {refusal.message}
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
};

const Result = ({ result }: { result: TaskResult }) => (
  <div class="result">
    <h3>{endingOf(result)}</h3>
    {result.stdout !== "" && <pre>{result.stdout}</pre>}
    {result.stderr !== "" && (
      <>
        <h3>Errors</h3>
        <pre>{result.stderr}</pre>
      </>
    )}
    {result.stdout === "" && result.stderr === "" && <p class="quiet">It wrote nothing.</p>}
    {result.outputTruncated && <p class="quiet">The output was longer; this is what the limit lets through.</p>}
  </div>
);

const endingOf = ({ outcome, exitCode, signal, message, node }: TaskResult): string => {
  const how = outcome === "exited" ? `Exited with code ${exitCode ?? "unknown"}` : signal === null ? outcome : `${outcome} by ${signal}`;
  return `${how} on ${node}${message === null ? "" : `: ${message}`}`;
};
