import type { X509Certificate } from "node:crypto";
import type { Code, Result } from "@fogline/findings";
import { fail, ok } from "@fogline/findings";
import type { Clock } from "@fogline/ports";
import type { CertificateAuthority } from "../enrolment/authority.ts";
import type { Certificates } from "../enrolment/certificates.ts";
import { fingerprintOf } from "../enrolment/fingerprint.ts";

/** A device that showed a certificate of this fleet and holds its key. */
export interface Peer {
  readonly node: string;
  readonly serial: string;
  readonly fingerprint: string;
  readonly notAfterMs: number;
}

/** What is answered to whom is not let in. */
export interface Refusal {
  readonly status: number;
  readonly code: Code;
  readonly message: string;
  /** Whose certificate of this fleet was shown, where one was. */
  readonly node?: string;
}

export interface PeerCheckParts {
  readonly authority: Pick<CertificateAuthority, "issuers">;
  readonly certificates: Pick<Certificates, "find">;
  readonly clock: Clock;
  readonly trustDomain: string;
}

/** The name of a node in its certificate (SPIFFE ID section 2). */
export const nodeUri = (trustDomain: string, node: string): string => `spiffe://${trustDomain}/node/${node}`;

const noCertificate: Refusal = { status: 401, code: "FL4002", message: "a certificate of this fleet is needed: enrol the device first" };
const notOurs: Refusal = { status: 403, code: "FL4031", message: "the certificate is not of this fleet" };

/**
 * Who a certificate belongs to. TLS has proved that the other side holds its key, and nothing else: here it must be signed by this fleet's CA, be
 * one that was issued here, not be revoked, and be valid now, or have ended less than `graceMs` ago.
 */
export const checkPeer = async (
  certificate: X509Certificate | undefined,
  graceMs: number,
  { authority, certificates, clock, trustDomain }: PeerCheckParts,
): Promise<Result<Peer, Refusal>> => {
  if (certificate === undefined) return fail(noCertificate);
  if (!authority.issuers.some((issuer) => certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey))) return fail(notOurs);
  const row = await certificates.find(certificate.serialNumber.toLowerCase());
  const fingerprint = fingerprintOf(certificate);
  if (row === undefined || row.fingerprint !== fingerprint) return fail(notOurs);
  if (certificate.subjectAltName !== `URI:${nodeUri(trustDomain, row.node)}`) return fail(notOurs);
  const { node } = row;
  if (row.revoked_at_ms !== null) return fail({ status: 403, code: "FL4031", message: `the certificate of "${node}" was revoked`, node });
  const nowMs = clock.now();
  if (nowMs < row.not_before_ms) return fail({ status: 401, code: "FL4032", message: "the certificate is not valid yet", node });
  if (nowMs >= row.not_after_ms + graceMs) {
    const ended = new Date(row.not_after_ms).toISOString();
    return fail({ status: 401, code: "FL4032", message: `the certificate ended at ${ended}`, node });
  }
  return ok({ node: row.node, serial: row.serial, fingerprint, notAfterMs: row.not_after_ms });
};
