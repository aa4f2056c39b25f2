import type { NodeRecord } from "@fogline/contracts";
import type { ComponentChildren } from "preact";
import { byName } from "../../text/format.ts";
import { ChoiceField } from "../form.tsx";

interface AgainProps {
  readonly nodes: readonly NodeRecord[];
  readonly chosen: NodeRecord | null;
  readonly choose: (id: string | null) => void;
  readonly detail: (node: NodeRecord) => ComponentChildren;
}

/** A device that was here before and needs another certificate. */
export const Again = ({ nodes, chosen, choose, detail }: AgainProps) => (
  <section aria-labelledby="again">
    <h2 id="again">Let a device in again</h2>
    <div class="filters">
      <ChoiceField
        label="Its certificate was revoked, or its disk is new"
        value={chosen?.id ?? ""}
        change={(id) => choose(id === "" ? null : id)}
        choices={[
          { value: "", text: "choose a device" },
          ...[...nodes].sort((a, b) => byName(a.id, b.id)).map(({ id }) => ({ value: id, text: id })),
        ]}
      />
    </div>
    {chosen !== null && <div class="panel">{detail(chosen)}</div>}
  </section>
);
