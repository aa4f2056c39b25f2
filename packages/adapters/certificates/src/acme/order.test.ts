import { createPrivateKey, X509Certificate } from "node:crypto";
import { createServer } from "node:http";
import { systemClock as clock } from "@fogline/system";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { selfSigned } from "../certificate.ts";
import { hasPebble, type Pebble, pebbleNote, startPebble } from "../testing/pebble.ts";
import { newAccountKey, obtainCertificate } from "./order.ts";

const dayMs = 86_400_000;

describe("a certificate that nobody vouches for", () => {
  it("is for its name, for its time, and belongs to its key", async () => {
    const { chain, key } = await selfSigned("fog.example.org", Date.UTC(2026, 0, 1), 7 * dayMs);
    const certificate = new X509Certificate(chain);
    expect(certificate.checkHost("fog.example.org")).toBe("fog.example.org");
    expect(certificate.checkPrivateKey(createPrivateKey(key))).toBe(true);
    expect([certificate.validFromDate, certificate.validToDate]).toEqual([new Date(Date.UTC(2026, 0, 1)), new Date(Date.UTC(2026, 0, 8))]);
    expect(new X509Certificate((await selfSigned("127.0.0.1", 0, dayMs)).chain).checkIP("127.0.0.1")).toBe("127.0.0.1");
  });
});

describe("a certificate authority that is none", () => {
  it("is FL4060 with its address and what happened", async () => {
    const order = { accountKey: await newAccountKey(), hostnames: ["fog.example.org"], clock, present: () => () => undefined };
    const refused = obtainCertificate({ ...order, directoryUrl: "https://127.0.0.1:9/directory" });
    await expect(refused).rejects.toMatchObject({
      code: "FL4060",
      message: expect.stringMatching(/at 127\.0\.0\.1:9 does not answer: .*ECONNREFUSED/),
    });
  });
});

describe.skipIf(!hasPebble)(`a certificate by ACME${pebbleNote}`, () => {
  let pebble: Pebble;
  const answers = new Map<string, string>();
  const server = createServer((request, response) => {
    const answer = answers.get(request.url?.replace("/.well-known/acme-challenge/", "") ?? "");
    response.writeHead(answer === undefined ? 404 : 200).end(answer);
  });
  beforeAll(async () => {
    pebble = await startPebble();
    await new Promise<void>((resolve) => server.listen(pebble.httpPort, "127.0.0.1", resolve));
  });
  afterAll(async () => {
    server.close();
    await pebble.close();
  });
  const orderOf = async (hostnames: readonly string[]) => ({
    ...{ directoryUrl: pebble.directoryUrl, ca: pebble.ca, accountKey: await newAccountKey(), hostnames, clock },
    present: (token: string, answer: string) => {
      answers.set(token, answer);
      return () => void answers.delete(token);
    },
  });

  it("is for every name that was asked for, comes with its chain, and belongs to its key", async () => {
    const order = await orderOf(["fog.example.org", "hub.example.org"]);
    const { chain, key } = await obtainCertificate({ ...order, email: "ops@example.org" });
    const certificate = new X509Certificate(chain);
    expect(["fog.example.org", "hub.example.org"].map((name) => certificate.checkHost(name))).toEqual(["fog.example.org", "hub.example.org"]);
    expect(certificate.checkPrivateKey(createPrivateKey(key))).toBe(true);
    expect(chain.match(/BEGIN CERTIFICATE/g)?.length).toBeGreaterThanOrEqual(2);
    expect(answers.size).toBe(0);
    const again = await obtainCertificate(order);
    expect(new X509Certificate(again.chain).serialNumber).not.toBe(certificate.serialNumber);
  });

  it("is refused in the authority's words when the name does not lead here", async () => {
    const order = { ...(await orderOf(["elsewhere.example.org"])), present: () => () => undefined };
    await expect(obtainCertificate(order)).rejects.toMatchObject({
      code: "FL4060",
      message: expect.stringMatching(/could not see that elsewhere\.example\.org leads here: .*404/),
    });
  });

  it("is refused for what is no name", async () => {
    await expect(obtainCertificate(await orderOf(["not a name"]))).rejects.toMatchObject({
      code: "FL4060",
      message: expect.stringContaining("refuses ("),
    });
  });
});
