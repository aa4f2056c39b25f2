import { everyPage, listNodes, type NodeRecord } from "@fogline/contracts";
import { FoglineError } from "@fogline/findings";
import type { HubClient } from "../hub-client.ts";

/** The devices that are meant: names, in which `*` stands for anything. Sorted, each once. Throws FL4004 when one means none. */
export const selectedNodes = async (client: HubClient, selectors: readonly string[]): Promise<readonly NodeRecord[]> => {
  const nodes = await everyPage(async (after) => {
    const page = await client.call(listNodes, after === undefined ? {} : { after });
    return { items: page.nodes, next: page.next };
  });
  const meant = new Set<NodeRecord>();
  for (const selector of selectors) {
    const pattern = new RegExp(`^${selector.replace(/[^a-z0-9*-]/g, "\\$&").replaceAll("*", ".*")}$`);
    const found = nodes.filter(({ id }) => pattern.test(id));
    if (found.length === 0) throw new FoglineError("FL4004", `no device "${selector}"`, { remedy: "fogline device list names them all" });
    for (const node of found) meant.add(node);
  }
  return [...meant].sort((a, b) => (a.id < b.id ? -1 : 1));
};
