import { z } from "zod";
import { errorOf, event, operation } from "./kernel/declaration.ts";
import { NodeId } from "./nodes.ts";

// How a device becomes a member of the fleet: a one-time token for its slot, then a certificate of its own. Served by the gateway.

/** A token that was made for a slot. The token itself is shown once, when it is made. */
export const Enrolment = z.object({
  id: z.string(),
  node: NodeId,
  createdAtMs: z.int(),
  expiresAtMs: z.int(),
  usedAtMs: z.int().nullable(),
});

export const DeviceCertificate = z.object({
  /** Serial number, hexadecimal. */
  serial: z.string(),
  node: NodeId,
  /** SHA-256 of the certificate, `sha256:` and hexadecimal. */
  fingerprint: z.string(),
  notBeforeMs: z.int(),
  notAfterMs: z.int(),
  revokedAtMs: z.int().nullable(),
});

const notFound = errorOf("FL4004", z.object({ id: z.string() }), ({ id }) => `no node "${id}": declare the device in the fleet file first`);
const noEnrolment = errorOf("FL4004", z.object({ id: z.string() }), ({ id }) => `no enrolment "${id}"`);
const byId = z.object({ id: NodeId });

export const createEnrolment = operation({
  name: "enrolments.create",
  summary: "A one-time token with which the device of a slot enrols. It replaces tokens of the slot that were not used.",
  role: "admin",
  idempotency: "none",
  http: { method: "POST", path: "/api/nodes/:id/enrolment" },
  request: z.object({ id: NodeId, ttlMs: z.coerce.number().int().min(60_000).max(604_800_000).default(3_600_000) }),
  /** `command` is what to type on the device. `token` holds the hub's address and the fingerprint of its CA, so that the device trusts nobody else. */
  response: Enrolment.extend({ token: z.string(), command: z.string() }),
  errors: { notFound },
});

export const listEnrolments = operation({
  name: "enrolments.list",
  summary: "Enrolment tokens that can still be used or were used lately, newest first.",
  role: "admin",
  idempotency: "safe",
  http: { method: "GET", path: "/api/enrolments" },
  request: z.object({ limit: z.coerce.number().int().min(1).max(100).default(100), after: z.string().optional() }),
  response: z.object({ enrolments: z.array(Enrolment), next: z.string().nullable() }),
});

export const removeEnrolment = operation({
  name: "enrolments.remove",
  summary: "Make an enrolment token worthless.",
  role: "admin",
  idempotency: "natural",
  http: { method: "DELETE", path: "/api/enrolments/:id" },
  request: z.object({ id: z.string() }),
  response: z.object({}),
  errors: { noEnrolment },
});

export const listCertificates = operation({
  name: "certificates.list",
  summary: "The certificates of a device, newest first.",
  role: "user",
  idempotency: "safe",
  http: { method: "GET", path: "/api/nodes/:id/certificates" },
  request: byId,
  response: z.object({ certificates: z.array(DeviceCertificate) }),
});

export const revokeCertificates = operation({
  name: "certificates.revoke",
  summary: "Revoke every certificate of a device. Its connections end within seconds; it comes back only with a new enrolment.",
  role: "admin",
  idempotency: "natural",
  http: { method: "POST", path: "/api/nodes/:id/revoke" },
  request: byId,
  response: z.object({ revoked: z.int() }),
});

export const getAuthority = operation({
  name: "ca.get",
  summary: "The certificate authority that devices of this fleet trust.",
  role: "user",
  idempotency: "safe",
  http: { method: "GET", path: "/api/ca" },
  request: z.object({}),
  response: z.object({ certificatePem: z.string(), fingerprint: z.string(), notAfterMs: z.int() }),
});

export const certificatesRevoked = event({
  name: "certificates.revoked",
  summary: "The certificates of a device are worthless from now on.",
  data: z.object({ node: NodeId, serials: z.array(z.string()) }),
});

export type Enrolment = z.output<typeof Enrolment>;
export type DeviceCertificate = z.output<typeof DeviceCertificate>;
