import type { NodeRecord } from "@fogline/contracts";
import { Mark } from "../mark.tsx";

/** How far a device is on its way in. It is told to those who listen, too. */
export const Progress = ({ id, node }: { id: string; node: NodeRecord | undefined }) => {
  const online = node?.status === "online";
  return (
    <p class="progress" role="status">
      {online ? (
        <>
          <Mark meaning="good" word="" /> <a href={`/devices/${encodeURIComponent(id)}`}>{id}</a> is online: {node.reason}.
        </>
      ) : (
        <>
          <Mark meaning="busy" word="" /> Waiting for {id} …
          {node !== undefined && node.status !== "never-seen" && ` It is ${node.status}: ${node.reason}.`}
        </>
      )}
    </p>
  );
};
