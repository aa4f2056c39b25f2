import type { NodeRecord } from "@fogline/contracts";
import { Mark } from "../mark.tsx";

interface ProgressProps {
  readonly id: string;
  /** Undefined until the hub tells of it. */
  readonly node: NodeRecord | undefined;
  readonly cameIn: boolean;
}

/** How far a device is on its way in. It is told to those who listen, too. */
export const Progress = ({ id, node, cameIn }: ProgressProps) => (
  <p class="progress" role="status">
    {cameIn ? (
      <>
        <Mark meaning="good" word="" /> <a href={`/devices/${encodeURIComponent(id)}`}>{id}</a> is {node?.status ?? "enrolled"}
        {node !== undefined && `: ${node.reason}`}.
      </>
    ) : (
      <>
        <Mark meaning="busy" word="" /> Waiting for {id} …{node?.status === "online" && " It is online with the certificate that it had before."}
      </>
    )}
  </p>
);
