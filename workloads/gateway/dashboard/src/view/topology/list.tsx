import type { NodeRecord } from "@fogline/contracts";
import { useState } from "preact/hooks";
import { deviceAddress } from "../../route.ts";
import { healthOf } from "../../text/health.ts";
import { Heads } from "../columns.tsx";

/** The same as the drawing, for those who listen and for those who like lists. Made only while it is open. */
export const List = ({ nodes }: { nodes: readonly NodeRecord[] }) => {
  const [open, setOpen] = useState(false);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>The same as a list</summary>
      {open && (
        <table class="as-list">
          <Heads columns={["Device", "Tier", "Site", "Health", "Power mode", "Why"]} />
          <tbody>
            {nodes.map((node) => {
              const { word, reason } = healthOf(node);
              return (
                <tr key={node.id}>
                  <th scope="row">
                    <a href={deviceAddress(node.id)}>{node.id}</a>
                  </th>
                  <td>{node.tier}</td>
                  <td>{node.site}</td>
                  <td>{word}</td>
                  <td>{node.state?.powerMode ?? "not known"}</td>
                  <td>{reason}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
    </details>
  );
};
