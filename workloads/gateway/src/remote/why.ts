import { explainNode, failureOf, getNode, listNodes, type NodeRecord, nodeHistory } from "@fogline/contracts";
import { explainOffline, type OfflineFacts } from "@fogline/device";
import { FoglineError, fail, ok } from "@fogline/findings";
import type { Clock } from "@fogline/ports";
import { type Client, type Handler, handle } from "@fogline/rpc";
import type { Refusals } from "../agents/refusals.ts";
import type { Certificates } from "../enrolment/certificates.ts";
import type { Enrolments } from "../enrolment/enrolments.ts";

export interface WhyParts {
  readonly client: Client;
  readonly clock: Clock;
  readonly certificates: Certificates;
  readonly enrolments: Enrolments;
  readonly refusals: Refusals;
  readonly renewalGraceMs: number;
}

/** How far back it is looked for how a device left: as long as its history is kept. */
const hours = 720;

/** Why a device is away: what the registry, the certificates and this gateway know, put together. */
export const whyHandler = (parts: WhyParts): Handler =>
  handle(explainNode, async ({ id }) => {
    const { client } = parts;
    const found = await client.call(getNode, { id });
    if (!found.ok) {
      if (found.failure.error === "notFound") return fail(failureOf(explainNode, "notFound", { id }));
      throw new FoglineError("FL4009", `the node registry does not answer: ${found.failure.message}`);
    }
    const { cause, answer, because, next, also } = explainOffline(await factsOf(found.value, parts));
    return ok({ id, cause, answer, because: [...because], next: [...next], also: [...also] });
  });

const factsOf = async (node: NodeRecord, { client, clock, certificates, enrolments, refusals, renewalGraceMs }: WhyParts): Promise<OfflineFacts> => {
  const { id, site, status, statusSinceMs, reason, lastSeenAtMs, state } = node;
  const [history, peers, given, enrolment] = await Promise.all([
    client.call(nodeHistory, { id, hours }),
    client.call(listNodes, { site }),
    certificates.list(id),
    enrolments.newestOf(id),
  ]);
  const changes = history.ok ? history.value.changes : [];
  const lost = changes.slice(changes.findLastIndex((change) => change.status === "online") + 1).find((change) => change.status === "suspect");
  return {
    ...{ nowMs: clock.now(), id, site, status, statusSinceMs, reason, lastSeenAtMs, state, renewalGraceMs },
    lost: lost === undefined ? null : { atMs: lost.atMs, reason: lost.reason },
    certificates: given,
    enrolment: enrolment ?? null,
    refused: refusals.of(id) ?? null,
    neighbours: (peers.ok ? peers.value.nodes : [])
      .filter((peer) => peer.id !== id && peer.status !== "never-seen")
      .map((peer) => ({ id: peer.id, online: peer.status === "online", sinceMs: peer.statusSinceMs })),
  };
};
