import type { PlacementExplanation } from "@fogline/contracts";
import { nothing } from "../../text/format.ts";
import { Time } from "../time.tsx";

const scoreText = (score: number): string => (score >= 10 ? score.toFixed(1) : score.toFixed(2));
const partText = ({ kind, value }: { kind: "points" | "factor"; value: number }): string =>
  kind === "factor" ? `×${value.toFixed(2)}` : value.toFixed(1);

/** Every candidate with its scores by part, and every device that was refused with its reason. */
export const Placement = ({ placement: { candidates, refused, chosen, profile, decidedAtMs } }: { placement: PlacementExplanation }) => {
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
