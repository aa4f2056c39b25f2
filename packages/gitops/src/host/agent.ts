import { nonRootUserId } from "@fogline/manifests";
import type { HostContext } from "./context.ts";
import { copied, type HostFile } from "./file.ts";

/** Of root's alone if the kubelet has to make it: the agent's pod runs as nobody's user, and keeps its identity and its queue there. */
export const agentFolder = ({ fleet, node }: HostContext): readonly HostFile[] => {
  const agent = fleet.workloads.find(({ name }) => name === "agent")?.targets.find(({ cluster }) => cluster === node?.cluster.name);
  if (agent === undefined) return [];
  const userId = agent.userId ?? nonRootUserId;
  return [
    {
      path: "agent/folder.conf",
      from: "agent.ts agentFolder",
      body: `d /var/lib/fogline 0700 ${userId} ${userId} -\n`,
      install: copied("/etc/tmpfiles.d/fogline-agent.conf", "create-tmpfiles"),
    },
  ];
};
