import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { getAuthority, listCertificates, listEnrolments, removeEnrolment, revokeCertificates } from "@fogline/contracts";
import { afterEach, describe, expect, it } from "vitest";
import { fingerprintOf } from "./enrolment/fingerprint.ts";
import { deviceKeys, enrol, enrolRequest, postAgents } from "./testing/device.ts";
import { type Hub, type HubOptions, openHub } from "./testing/hub.ts";
import { settableClock } from "./testing/time.ts";

const hubs: Hub[] = [];
const open = async (settings: Record<string, unknown> = {}, options: HubOptions = {}) => {
  const hub = await openHub(settings, options);
  hubs.push(hub);
  return hub;
};
afterEach(async () => {
  for (const hub of hubs.splice(0)) await hub.close();
});

const hourMs = 3_600_000;
const post = (hub: Hub, body: unknown) => postAgents(hub.gateway.agentPort, "/enrol", body);

describe("an enrolment", () => {
  it("gives the device of a token a certificate of the fleet's CA that names its node, for thirty days", async () => {
    const hub = await open();
    const token = await hub.token("pi-1");
    const { cert, ca } = await enrol(hub.gateway.agentPort, token);
    const certificate = new X509Certificate(cert);
    expect([certificate.subject, certificate.subjectAltName]).toEqual(["CN=pi-1", "URI:spiffe://fogline/node/pi-1"]);
    expect([certificate.ca, certificate.keyUsage]).toEqual([false, ["1.3.6.1.5.5.7.3.2"]]);
    expect(certificate.serialNumber).toMatch(/^[0-9A-F]{32}$/);
    expect(Math.round((certificate.validToDate.getTime() - hub.clock.now()) / hourMs)).toBe(30 * 24);
    expect(certificate.verify(new X509Certificate(ca).publicKey)).toBe(true);
    expect(fingerprintOf(new X509Certificate(ca))).toBe(token.f);
    const listed = await hub.client.call(listCertificates, { id: "pi-1" });
    expect(listed).toMatchObject({
      ok: true,
      value: { certificates: [{ node: "pi-1", fingerprint: fingerprintOf(certificate), revokedAtMs: null }] },
    });
  });

  it("names the hub's address and its CA in the token, and stores no secret", async () => {
    const hub = await open({ agentNames: "hub.example,10.0.0.7" });
    const token = await hub.token("pi-1");
    const authority = await hub.client.call(getAuthority, {});
    expect(token).toMatchObject({ u: `wss://hub.example:${hub.gateway.agentPort}/agent`, n: "pi-1" });
    expect(authority).toMatchObject({ ok: true, value: { fingerprint: token.f } });
    const rows = JSON.stringify(await hub.database.kysely.selectFrom("enrolments").selectAll().execute());
    expect(rows).not.toContain(token.s);
  });

  it("happens once: the same request again, from whoever heard it, gives nothing that a stranger could use", async () => {
    const hub = await open();
    const token = await hub.token("pi-1");
    const keys = deviceKeys();
    const first = await post(hub, enrolRequest(token, keys));
    expect(first.status).toBe(200);
    // Another key is refused; the same one, whose holder may have lost the answer, gets a certificate for that key and no other.
    expect(await post(hub, enrolRequest(token, deviceKeys()))).toMatchObject({ status: 401, code: "FL4033" });
    const again = await post(hub, enrolRequest(token, keys));
    const keyOf = (pem: unknown) => new X509Certificate(String(pem)).publicKey.export({ type: "spki", format: "pem" });
    expect(keyOf(again.body.certificatePem)).toEqual(keyOf(first.body.certificatePem));
  });

  it("is won by one of two that race for it", async () => {
    const hub = await open();
    const token = await hub.token("pi-1");
    const answers = await Promise.all(Array.from({ length: 8 }, () => post(hub, enrolRequest(token, deviceKeys()))));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, ...Array(7).fill(401)]);
    expect(await hub.database.kysely.selectFrom("certificates").selectAll().execute()).toHaveLength(1);
  });

  it("is refused with the token of another slot, one that has expired, that was replaced, removed or revoked, or never made", async () => {
    const clock = settableClock();
    const hub = await open({}, { clock });
    const refused = async (token: Awaited<ReturnType<Hub["token"]>>) =>
      expect(await post(hub, enrolRequest(token, deviceKeys()))).toMatchObject({ status: 401, code: "FL4033" });
    const other = await hub.token("pi-2");
    await refused({ ...other, n: "pi-1" });
    const replaced = await hub.token("pi-1");
    const removed = await hub.token("pi-1");
    await refused(replaced);
    const listed = await hub.client.call(listEnrolments, { limit: 1 });
    await hub.client.call(removeEnrolment, { id: listed.ok ? (listed.value.enrolments[0]?.id ?? "") : "" });
    await refused(removed);
    const revoked = await hub.token("pi-1");
    await hub.client.call(revokeCertificates, { id: "pi-1" });
    await refused(revoked);
    await refused({ ...other, s: "guessed-guessed-guessed" });
    const late = await hub.token("pi-1", 60_000);
    clock.skip(60_000);
    await refused(late);
    expect(await hub.database.kysely.selectFrom("certificates").selectAll().execute()).toHaveLength(0);
  });

  it("needs a key of the right kind and the proof that the sender holds it", async () => {
    const hub = await open();
    const token = await hub.token("pi-1");
    const right = enrolRequest(token, deviceKeys());
    const rsa = generateKeyPairSync("rsa", { modulusLength: 2_048 }).publicKey.export({ type: "spki", format: "pem" }).toString();
    const other = enrolRequest({ ...token, n: "pi-2" }, deviceKeys());
    const cases: [string, unknown, number, string][] = [
      ["another kind of key", { ...right, publicKeyPem: rsa }, 400, "FL4018"],
      ["no key", { ...right, publicKeyPem: "-----BEGIN PUBLIC KEY-----" }, 400, "FL4018"],
      ["the signature of another key", { ...right, signature: enrolRequest(token, deviceKeys()).signature }, 400, "FL4018"],
      ["a signature for another node", { ...other, node: "pi-1" }, 400, "FL4018"],
      ["a name that no node can have", { ...right, node: "../pi" }, 400, "FL4001"],
      ["no secret", { ...right, secret: undefined }, 400, "FL4001"],
      ["no JSON", "{", 400, "FL4018"],
      ["a body of 100 kB", { ...right, signature: "x".repeat(100_000) }, 413, "FL4006"],
    ];
    for (const [what, body, status, code] of cases) expect([what, await post(hub, body)]).toEqual([what, expect.objectContaining({ status, code })]);
    expect((await post(hub, right)).status).toBe(200);
  });

  it("that is guessed too often from one address waits, also for those who could", async () => {
    const hub = await open({ signInFailuresPerMinute: 2 });
    const token = await hub.token("pi-1");
    const guess = enrolRequest({ ...token, s: "guessed-guessed-guessed" }, deviceKeys());
    expect((await post(hub, guess)).status).toBe(401);
    expect((await post(hub, guess)).status).toBe(401);
    expect(await post(hub, enrolRequest(token, deviceKeys()))).toMatchObject({ status: 429, code: "FL4007" });
  });

  it("is for nodes that are declared", async () => {
    const hub = await open({}, { unknown: new Set(["pi-9"]) });
    await expect(hub.token("pi-9")).rejects.toThrow('no node "pi-9": declare the device in the fleet file first');
  });
});

describe("the list of enrolments", () => {
  it("is newest first, a page at a time, and says which were used", async () => {
    const hub = await open();
    for (const node of ["pi-1", "pi-2", "pi-3"]) await hub.token(node);
    await hub.identity("pi-4");
    const first = await hub.client.call(listEnrolments, { limit: 3 });
    if (!first.ok) throw new Error(first.failure.message);
    expect(first.value.enrolments.map(({ node, usedAtMs }) => [node, usedAtMs !== null])).toEqual([
      ["pi-4", true],
      ["pi-3", false],
      ["pi-2", false],
    ]);
    const second = await hub.client.call(listEnrolments, { limit: 3, after: first.value.next ?? "" });
    expect(second).toMatchObject({ ok: true, value: { enrolments: [{ node: "pi-1" }], next: null } });
    expect(await hub.client.call(removeEnrolment, { id: "no-such" })).toMatchObject({ ok: false, failure: { error: "noEnrolment" } });
  });
});
