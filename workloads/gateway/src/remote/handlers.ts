import { decommissionNode, drainNode, failureOf, getNode, type NodeRecord, rebootNode, replaceNode, rotateCertificate } from "@fogline/contracts";
import { FoglineError, fail, ok } from "@fogline/findings";
import { type Client, type Handler, handle } from "@fogline/rpc";
import { type EnrolmentParts, makeToken, revokeNode } from "../enrolment/handlers.ts";
import type { Rotations } from "../enrolment/rotations.ts";
import { askDeed } from "./deeds.ts";

export interface RemoteHandlerParts extends EnrolmentParts {
  readonly rotations: Rotations;
}

const nodeOf = async (client: Client, id: string): Promise<NodeRecord | undefined> => {
  const found = await client.call(getNode, { id });
  if (found.ok) return found.value;
  if (found.failure.error === "notFound") return undefined;
  throw new FoglineError("FL4009", `the node registry does not answer: ${found.failure.message}`);
};

/** What people have devices do, and how devices leave. */
export const remoteHandlers = (parts: RemoteHandlerParts): Handler[] => [rebootHandler(parts), rotateHandler(parts), ...leaveHandlers(parts)];

const rebootHandler = ({ client, clock }: RemoteHandlerParts): Handler =>
  handle(rebootNode, async ({ id, force }, { principal }) => {
    const node = await nodeOf(client, id);
    if (node === undefined) return fail(failureOf(rebootNode, "notFound", { id }));
    const askedAtMs = clock.now();
    const outcome = await askDeed(client, id, { kind: "reboot", force, by: principal.name.slice(0, 200) });
    switch (outcome.kind) {
      case "done":
        return ok({ bootId: node.bootId, askedAtMs });
      case "gone":
        return fail(failureOf(rebootNode, "gone", { node: id }));
      case "unable":
        return fail(failureOf(rebootNode, "unable", { node: id, ability: outcome.ability, agentVersion: outcome.agentVersion }));
      default:
        return fail(failureOf(rebootNode, outcome.kind, { node: id, why: outcome.why }));
    }
  });

const rotateHandler = ({ client, rotations }: RemoteHandlerParts): Handler =>
  handle(rotateCertificate, async ({ id }) => {
    if ((await nodeOf(client, id)) === undefined) return fail(failureOf(rotateCertificate, "notFound", { id }));
    const outcome = await rotations.want(id);
    switch (outcome.kind) {
      case "done":
        return ok({ state: "asked", reason: "it has a new key, and comes back with it" });
      case "gone":
        return ok({ state: "waiting", reason: "it is not connected, and is asked when it comes back" });
      case "unable":
        return fail(failureOf(rotateCertificate, "unable", { node: id, ability: outcome.ability, agentVersion: outcome.agentVersion }));
      default:
        return fail(failureOf(rotateCertificate, "failed", { node: id, why: outcome.why }));
    }
  });

const leaveHandlers = (parts: RemoteHandlerParts): Handler[] => {
  const { client, enrolments, rotations } = parts;
  /** Everything that the device of a slot could show is worthless from here on; its connections and what hangs on them end by that. */
  const lockOut = async (id: string) => {
    const tokens = await enrolments.usableOf(id);
    const serials = await revokeNode(parts, id);
    await rotations.forget(id);
    return { tokens, revoked: serials.length };
  };
  return [
    handle(decommissionNode, async ({ id }) => {
      // Locked out first, and also where the registry does not answer or knows it no more.
      const out = await lockOut(id);
      const drained = await client.call(drainNode, { id, draining: true });
      if (!drained.ok && drained.failure.error === "notFound" && out.revoked === 0 && out.tokens === 0)
        return fail(failureOf(decommissionNode, "notFound", { id }));
      return ok({ ...out, drained: drained.ok });
    }),
    handle(replaceNode, async ({ id, ttlMs }) => {
      if ((await nodeOf(client, id)) === undefined) return fail(failureOf(replaceNode, "notFound", { id }));
      const { revoked } = await lockOut(id);
      await client.call(drainNode, { id, draining: false });
      return ok({ ...(await makeToken(parts, id, ttlMs)), revoked });
    }),
  ];
};
