import type { PlacementExplanation } from "@fogline/contracts";
import { nothing } from "../../text/format.ts";
import { groupedRefusals } from "../../text/task.ts";
import { Heads } from "../columns.tsx";
import { Time } from "../time.tsx";

const scoreText = (score: number): string => (score >= 10 ? score.toFixed(1) : score.toFixed(2));
const partText = ({ kind, value }: { kind: "points" | "factor"; value: number }): string =>
  kind === "factor" ? `×${value.toFixed(2)}` : value.toFixed(1);

/** Every candidate with its scores by part, and every device that was refused with its reason. */
export const Placement = ({ placement: { candidates, refused, chosen, profile, decidedAtMs } }: { placement: PlacementExplanation }) => {
  const names = [...new Set(candidates.flatMap(({ parts }) => parts.map(({ name }) => name)))];
  return (
    <div class="why-there">
      {candidates.length > 0 && (
        // Wider than a phone: who has no pointer scrolls it with the arrows.
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reached by the keyboard
        <section class="placement" aria-label="Scores" tabIndex={0}>
          <table class="scores">
            <caption>
              Candidates by the scores of profile {profile}, decided <Time at={decidedAtMs} />
            </caption>
            <Heads columns={["Device", ...names.map((title) => ({ title, number: true })), { title: "Score", number: true }, "Because"]} />
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
        </section>
      )}
      {refused.length > 0 && (
        <>
          <h3>{candidates.length === 0 ? "Every device refused" : `Refused: ${refused.length}`}</h3>
          <Refusals refused={refused} />
        </>
      )}
    </div>
  );
};

/** Refusals, those for the same reason together, each with its reason and what can be done. */
const Refusals = ({ refused }: Pick<PlacementExplanation, "refused">) => (
  <ul class="plain refused">
    {groupedRefusals(refused).map(({ nodes, message, next }) => (
      <li key={`${nodes[0]} ${message}`}>
        <span title={nodes.join(", ")}>{nodesText(nodes)}</span>
        <span>
          {message}. <span class="quiet">{next}</span>
        </span>
      </li>
    ))}
  </ul>
);

const namedMax = 6;
const nodesText = (nodes: readonly string[]): string =>
  nodes.length <= namedMax ? nodes.join(", ") : `${nodes.slice(0, namedMax - 1).join(", ")} and ${nodes.length - namedMax + 1} more`;
