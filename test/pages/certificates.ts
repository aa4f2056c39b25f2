import { type DeviceCertificate, listCertificates, revokeCertificates } from "@fogline/contracts";
import { ok } from "@fogline/findings";
import { type Answering, answering } from "./answering.ts";
import type { World } from "./hub.ts";

const dayMs = 86_400_000;

/** One certificate for each device, ten days old; revoking says so. */
export const certificateAnswers = (_: World, nowMs: number): readonly Answering[] => {
  const certificates = new Map<string, DeviceCertificate>();
  const of = (node: string): DeviceCertificate => {
    const known = certificates.get(node) ?? {
      ...{ serial: "4f2a91c0d7be55aa", node, fingerprint: `sha256:${"9c0ffee1d7be55aa".repeat(4)}` },
      ...{ notBeforeMs: nowMs - 10 * dayMs, notAfterMs: nowMs + 20 * dayMs, revokedAtMs: null },
    };
    certificates.set(node, known);
    return known;
  };
  return [
    answering(listCertificates, async ({ id }) => ok({ certificates: [of(id)] })),
    answering(revokeCertificates, async ({ id }) => {
      certificates.set(id, { ...of(id), revokedAtMs: nowMs });
      return ok({ revoked: 1 });
    }),
  ];
};
