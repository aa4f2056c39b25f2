import type { NodeRecord } from "@fogline/contracts";
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { Heads } from "../columns.tsx";
import { Mark, ofNode } from "../mark.tsx";
import { moveInRows } from "../rows.ts";
import { Time } from "../time.tsx";

export interface SlotsProps {
  readonly nodes: readonly NodeRecord[];
  readonly open: string | null;
  readonly toggle: (id: string) => void;
  readonly detail: (node: NodeRecord) => ComponentChildren;
}

const columns = ["Device", "Site", "Hardware", "Cluster", "State", { title: "Waits", number: true }] as const;

/** The slots that wait for their device; each opens in place. */
export const Slots = ({ nodes, open, toggle, detail }: SlotsProps) => {
  const [last, setLast] = useState<string | null>(null);
  const current = nodes.some(({ id }) => id === last) ? last : (nodes[0]?.id ?? null);
  return (
    <section aria-labelledby="slots">
      <h2 id="slots">Slots that wait for their device</h2>
      <table class="list slots" onKeyDown={(event) => moveInRows(event, () => open !== null && toggle(open))}>
        <Heads columns={columns} />
        <tbody>
          {nodes.map((node) => {
            const { id, site, hardware, cluster, status, statusSinceMs } = node;
            return [
              <tr key={id} class={`row ${open === id ? "opened" : ""}`} id={`slot-${id}`} onClick={() => toggle(id)}>
                <th scope="row">
                  <button
                    type="button"
                    class="open"
                    aria-expanded={open === id}
                    aria-controls={open === id ? `detail-${id}` : undefined}
                    tabIndex={current === id ? 0 : -1}
                    onFocus={() => setLast(id)}
                  >
                    {id}
                  </button>
                </th>
                <td data-label="Site">{site}</td>
                <td data-label="Hardware">{hardware}</td>
                <td data-label="Cluster">{cluster ?? "none"}</td>
                <td data-label="Status">
                  <Mark meaning={ofNode[status]} word={status === "never-seen" ? "not seen yet" : status} />
                </td>
                <td class="number" data-label="Waits">
                  <Time at={statusSinceMs} as="for" />
                </td>
              </tr>,
              open === id && (
                <tr key={`detail-${id}`} class="detail" id={`detail-${id}`}>
                  <td colSpan={columns.length}>{detail(node)}</td>
                </tr>
              ),
            ];
          })}
        </tbody>
      </table>
    </section>
  );
};
