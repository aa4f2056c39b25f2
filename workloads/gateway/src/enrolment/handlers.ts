import {
  certificatesRevoked,
  createEnrolment,
  failureOf,
  getAuthority,
  getNode,
  listCertificates,
  listEnrolments,
  removeEnrolment,
  revokeCertificates,
} from "@fogline/contracts";
import { FoglineError, fail, ok } from "@fogline/findings";
import type { Clock } from "@fogline/ports";
import { type Client, type Handler, handle } from "@fogline/rpc";
import type { CertificateAuthority } from "./authority.ts";
import type { Certificates } from "./certificates.ts";
import type { Enrolments } from "./enrolments.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { tokenText } from "./token.ts";

export interface EnrolmentParts {
  readonly client: Client;
  readonly clock: Clock;
  readonly authority: CertificateAuthority;
  readonly certificates: Certificates;
  readonly enrolments: Enrolments;
  /** Where the device of a new token connects to. */
  readonly agentUrl: () => string;
}

/** What people ask of the identities of devices. */
export const enrolmentHandlers = (parts: EnrolmentParts): Handler[] => {
  const { client, authority, certificates, enrolments } = parts;
  return [
    handle(createEnrolment, async ({ id, ttlMs }) => {
      const node = await client.call(getNode, { id });
      if (!node.ok) {
        if (node.failure.error === "notFound") return fail(failureOf(createEnrolment, "notFound", { id }));
        throw new FoglineError("FL4009", `the node registry does not answer: ${node.failure.message}`);
      }
      return ok(await makeToken(parts, id, ttlMs));
    }),
    handle(listEnrolments, async ({ limit, after }) => ok(await enrolments.list(limit, after))),
    handle(removeEnrolment, async ({ id }) => ((await enrolments.remove(id)) ? ok({}) : fail(failureOf(removeEnrolment, "noEnrolment", { id })))),
    handle(listCertificates, async ({ id }) => ok({ certificates: await certificates.list(id) })),
    handle(revokeCertificates, async ({ id }) => ok({ revoked: (await revokeNode(parts, id)).length })),
    handle(getAuthority, async () =>
      ok({
        certificatePem: authority.root.toString(),
        fingerprint: fingerprintOf(authority.root),
        notAfterMs: authority.root.validToDate.getTime(),
      }),
    ),
  ];
};

/** A new token of a slot, which replaces those that were not used. */
export const makeToken = async (
  { enrolments, agentUrl, authority }: Pick<EnrolmentParts, "enrolments" | "agentUrl" | "authority">,
  node: string,
  ttlMs: number,
) => {
  const { enrolment, secret } = await enrolments.create(node, ttlMs);
  const token = tokenText({ u: agentUrl(), n: node, s: secret, f: fingerprintOf(authority.root) });
  return { ...enrolment, token, command: `npx fogline agent --token ${token}` };
};

/** Revokes what a node got, or got until a moment, and tells every gateway. The news may be lost: each of them looks for itself too. */
export const revokeNode = async (
  { client, certificates }: Pick<EnrolmentParts, "client" | "certificates">,
  node: string,
  issuedUntilMs: number = Number.MAX_SAFE_INTEGER,
): Promise<readonly string[]> => {
  const serials = await certificates.revoke(node, issuedUntilMs);
  if (serials.length > 0) await client.publish(certificatesRevoked, { node, serials });
  return serials;
};

/** A node was removed: what its device got is revoked. One that was declared anew meanwhile keeps what its device got since. */
export const revokeRemoved = async (parts: Pick<EnrolmentParts, "client" | "certificates">, node: string, removedAtMs: number): Promise<void> => {
  const found = await parts.client.call(getNode, { id: node });
  await revokeNode(parts, node, !found.ok && found.failure.error === "notFound" ? undefined : removedAtMs);
};
