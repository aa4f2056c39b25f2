import { everyPage, listNodes, type NodeDeclaration, type NodeRecord, type NodeStatus, registerNode, removeNode } from "@fogline/contracts";
import { FoglineError } from "@fogline/findings";
import type { Client } from "@fogline/rpc";

/** Makes the registry hold exactly these nodes, and those that were `added` beside them. Throws FL4009 when it does not answer. */
export const declareNodes = async (
  client: Client,
  declarations: readonly NodeDeclaration[],
  added: ReadonlySet<string> = new Set(),
): Promise<void> => {
  const wanted = new Set(declarations.map(({ id }) => id));
  for (const { id } of await registeredNodes(client)) if (!wanted.has(id) && !added.has(id)) await client.call(removeNode, { id });
  for (const declaration of declarations) await declareNode(client, declaration);
};

/** Every node that the registry holds. Throws FL4009 when it does not answer. */
export const registeredNodes = (client: Client, status?: NodeStatus): Promise<NodeRecord[]> =>
  everyPage(async (after) => {
    const listed = await client.call(listNodes, { ...(status === undefined ? {} : { status }), ...(after === undefined ? {} : { after }) });
    if (!listed.ok) throw new FoglineError("FL4009", `the node registry does not answer: ${listed.failure.message}`);
    return { items: listed.value.nodes, next: listed.value.next };
  });

/** Declares one node. Throws FL4009 when the registry does not take it. */
export const declareNode = async (client: Client, declaration: NodeDeclaration): Promise<void> => {
  const registered = await client.call(registerNode, declaration);
  if (!registered.ok) throw new FoglineError("FL4009", `node ${declaration.id} could not be declared: ${registered.failure.message}`);
};
