import type { NodeRecord } from "@fogline/contracts";
import { healthOf } from "../../text/health.ts";
import { Mark } from "../mark.tsx";
import type { Layout, Spot } from "./layout.ts";

const tipWidth = 260;

/** Who a square is and how, beside it. For the eye alone: the square says the same to those who listen. */
export const Tip = ({ spot, layout, node }: { spot: Spot; layout: Layout; node: NodeRecord | undefined }) => {
  if (node === undefined) return null;
  const { meaning, word, reason } = healthOf(node);
  const left = Math.max(0, Math.min(spot.x, layout.width - tipWidth));
  const below = spot.y + layout.size + (layout.named ? 26 : 8);
  return (
    <div class="tip" aria-hidden="true" style={{ left: `${left}px`, top: `${below}px` }}>
      <p>
        <strong>{node.id}</strong> <Mark meaning={meaning} word={word} />
      </p>
      {meaning !== "good" && <p>{reason}</p>}
      <p class="quiet">{[node.state?.powerMode, node.hardware].filter((part) => part !== undefined).join(" · ")}</p>
    </div>
  );
};
