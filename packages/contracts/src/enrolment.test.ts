import { describe, expect, it } from "vitest";
import {
  certificatesRevoked,
  createEnrolment,
  DeviceCertificate,
  Enrolment,
  getAuthority,
  listCertificates,
  listEnrolments,
  removeEnrolment,
  revokeCertificates,
} from "./enrolment.ts";
import { faults } from "./testing/fields.ts";
import { listOf, nodeName, orAbsent, orNull, pageLimit, queryWhole, text, texts, whole } from "./testing/rows.ts";
import { certificate, enrolment } from "./testing/samples.ts";

const slot = { id: text, node: nodeName, createdAtMs: whole, expiresAtMs: whole, usedAtMs: orNull(whole) };

describe("an enrolment", () => {
  it("is kept without its token", () => {
    expect(faults(Enrolment, enrolment, slot)).toEqual([]);
  });

  it("is made for a slot, for an hour or for between a minute and a week, and then shows its token once", () => {
    const asked = { id: nodeName, ttlMs: queryWhole(60_000, 604_800_000, 3_600_000) };
    expect(faults(createEnrolment.request, { id: "pi-3", ttlMs: 60_000 }, asked)).toEqual([]);
    const made = { ...enrolment, token: "fle_x", command: "fogline agent enrol fle_x" };
    expect(faults(createEnrolment.response, made, { ...slot, token: text, command: text })).toEqual([]);
  });

  it("is listed at most 100 a page, and removed by id", () => {
    expect(faults(listEnrolments.request, { limit: 1, after: "e0" }, { limit: pageLimit(100), after: orAbsent(text) })).toEqual([]);
    const page = { enrolments: listOf(enrolment), next: orNull(text) };
    expect(faults(listEnrolments.response, { enrolments: [enrolment], next: "e1" }, page)).toEqual([]);
    expect(faults(removeEnrolment.request, { id: "e1" }, { id: text })).toEqual([]);
    expect(faults(removeEnrolment.response, {}, {})).toEqual([]);
  });
});

describe("a certificate of a device", () => {
  it("is what the table says, and never a key", () => {
    const table = {
      serial: text,
      node: nodeName,
      fingerprint: text,
      notBeforeMs: whole,
      notAfterMs: whole,
      revokedAtMs: orNull(whole),
    };
    expect(faults(DeviceCertificate, certificate, table)).toEqual([]);
  });

  it("is listed and revoked by device, and told as revoked", () => {
    for (const { request } of [listCertificates, revokeCertificates]) expect(faults(request, { id: "pi-3" }, { id: nodeName })).toEqual([]);
    expect(faults(listCertificates.response, { certificates: [certificate] }, { certificates: listOf(certificate) })).toEqual([]);
    expect(faults(revokeCertificates.response, { revoked: 1 }, { revoked: whole })).toEqual([]);
    expect(faults(certificatesRevoked.data, { node: "pi-3", serials: ["0a"] }, { node: nodeName, serials: texts })).toEqual([]);
  });

  it("is signed by an authority that anybody signed in may read", () => {
    expect(faults(getAuthority.request, {}, {})).toEqual([]);
    const authority = { certificatePem: "-----BEGIN CERTIFICATE-----", fingerprint: "sha256:00", notAfterMs: 5 };
    expect(faults(getAuthority.response, authority, { certificatePem: text, fingerprint: text, notAfterMs: whole })).toEqual([]);
  });
});
