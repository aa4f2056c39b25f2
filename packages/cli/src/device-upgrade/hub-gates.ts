import { everyPage, getNode, listNodes } from "@fogline/contracts";
import { FoglineError, textOf } from "@fogline/findings";
import { type AgentSeen, type Gate, gateOf } from "@fogline/gitops";
import type { Context } from "../context.ts";

/** What the hub can say about machines that are upgraded. */
export interface HubGates {
  readonly gates: ReadonlyMap<string, Gate>;
  /** Why the hub is asked about none of them. */
  readonly notAsked?: string;
  seen(device: string): Promise<AgentSeen | undefined>;
}

const nobody = (devices: readonly string[], why: string): HubGates => ({
  gates: new Map(devices.map((device) => [device, { kind: "not asked", why }])),
  notAsked: why,
  seen: async () => undefined,
});

/** Asks the hub once who has an agent enrolled. Never fails: a hub that cannot be reached is asked about nobody, and the plan says so. */
export const hubGates = async (context: Context, devices: readonly string[], hubWaitMs: number): Promise<HubGates> => {
  if (hubWaitMs === 0) return nobody(devices, "--hub-wait is 0s");
  try {
    const client = context.hub();
    const nodes = await everyPage(async (after) => {
      const page = await client.call(listNodes, after === undefined ? {} : { after });
      return { items: page.nodes, next: page.next };
    });
    const known = new Map(nodes.map((node) => [node.id, node]));
    const seen: HubGates["seen"] = (id) =>
      client.call(getNode, { id }).catch((thrown: unknown) => {
        if (thrown instanceof FoglineError && thrown.code === "FL4004") return undefined;
        throw thrown;
      });
    return { gates: new Map(devices.map((device) => [device, gateOf(known.get(device))])), seen };
  } catch (thrown) {
    return nobody(devices, textOf(thrown));
  }
};

/** What the plan says of the hub: whom it is not asked about and why, and who is away already. */
export const gateLines = ({ gates, notAsked }: HubGates): readonly string[] => {
  if (notAsked !== undefined) return [`hub     is not asked whether agents come back: ${notAsked}`];
  return [...gates].flatMap(([device, gate]) => {
    if (gate.kind === "not asked") return [`hub     is not asked about ${device}: ${gate.why}`];
    return gate.away === undefined ? [] : [`hub     ${device} is away already, and must be online afterwards: ${gate.away}`];
  });
};
