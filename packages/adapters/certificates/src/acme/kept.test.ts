import { virtualClock } from "@fogline/fakes";
import { systemClock } from "@fogline/system";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lifeOf, selfSigned } from "../certificate.ts";
import { openPlainPort, type PlainPort } from "../plain-port.ts";
import { hasPebble, type Pebble, pebbleNote, startPebble } from "../testing/pebble.ts";
import { acmeCertificate } from "./kept.ts";

const dayMs = 86_400_000;
const startMs = Date.UTC(2026, 0, 1);

const memory = (given: Record<string, string> = {}) => {
  const held = new Map(Object.entries(given));
  return { held, read: (name: string) => held.get(name), write: (name: string, text: string) => void held.set(name, text) };
};
const silent = () => {
  const said: string[] = [];
  const say = (fields: object, text: string) => void said.push(`${text} ${JSON.stringify(fields)}`);
  return { said, info: say, warn: say, error: say };
};
const nowhere = { directoryUrl: "https://127.0.0.1:9/directory", hostnames: ["fog.example.org"] as const };
const present = () => () => undefined;

describe("a certificate that is kept and renewed", () => {
  it("is one that nobody vouches for until the authority has answered, and the hub starts all the same", async () => {
    const log = silent();
    const source = await acmeCertificate(
      { ...nowhere, hostnames: ["fog.example.org"] },
      { clock: virtualClock(startMs), log, store: memory(), present },
    );
    expect(lifeOf(source.current()).notBeforeMs).toBe(startMs);
    await source.tried;
    expect(log.said).toEqual([
      expect.stringMatching(/^no certificate could be obtained; it is tried again .*127\.0\.0\.1:9 does not answer.*"failures":1/),
    ]);
    source.stop();
  });

  it("is what was kept where that is for its name; what is kept for another name, or is broken, is not used", async () => {
    const kept = await selfSigned("fog.example.org", startMs - dayMs, 90 * dayMs);
    const file = "acme-127.0.0.1-9.certificate.key";
    const open = async (text: string, hostname: string) => {
      const source = await acmeCertificate(
        { ...nowhere, hostnames: [hostname] },
        { clock: virtualClock(startMs), log: silent(), store: memory({ [file]: text }), present },
      );
      source.stop();
      await source.tried;
      return source.current().key === kept.key;
    };
    const text = kept.key + kept.chain;
    expect([await open(text, "fog.example.org"), await open(text, "other.example.org"), await open(text.slice(0, -200), "fog.example.org")]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it("is left alone before two thirds of its life, and renewed after", async () => {
    const kept = await selfSigned("fog.example.org", startMs, 90 * dayMs);
    const tries = async (nowMs: number) => {
      const log = silent();
      const store = memory({ "acme-127.0.0.1-9.certificate.key": kept.key + kept.chain });
      const source = await acmeCertificate({ ...nowhere, hostnames: ["fog.example.org"] }, { clock: virtualClock(nowMs), log, store, present });
      await source.tried;
      source.stop();
      return log.said.length;
    };
    expect([await tries(startMs + 60 * dayMs - 1_000), await tries(startMs + 60 * dayMs)]).toEqual([0, 1]);
  });
});

describe.skipIf(!hasPebble)(`a certificate of a real authority${pebbleNote}`, () => {
  let pebble: Pebble;
  let port: PlainPort;
  beforeAll(async () => {
    pebble = await startPebble();
    port = await openPlainPort({ host: "127.0.0.1", port: pebble.httpPort, publicUrl: "https://fog.example.org" });
  });
  afterAll(async () => {
    await port.close();
    await pebble.close();
  });

  it("takes the place of the stand-in, is found again at the next start, and its account is used again", async () => {
    const store = memory();
    const settings = { directoryUrl: pebble.directoryUrl, ca: pebble.ca, hostnames: ["fog.example.org"] as [string], email: "ops@example.org" };
    const parts = { clock: systemClock, log: silent(), store, present: port.present };
    const first = await acmeCertificate(settings, parts);
    const standIn = first.current();
    const told: string[] = [];
    first.onChange(({ chain }) => told.push(chain));
    await first.tried;
    first.stop();
    expect(parts.log.said).toEqual([expect.stringMatching(/^got a certificate /)]);
    expect(first.current()).not.toEqual(standIn);
    expect(told).toEqual([first.current().chain]);
    const accounts = [...store.held].filter(([name]) => name.endsWith(".account.key"));
    const second = await acmeCertificate(settings, parts);
    await second.tried;
    second.stop();
    expect(second.current().chain.trim()).toBe(first.current().chain.trim());
    expect([...store.held].filter(([name]) => name.endsWith(".account.key"))).toEqual(accounts);
  });

  it("is renewed when two thirds of its life are over, and whoever uses it is told", async () => {
    const store = memory();
    const settings = { directoryUrl: pebble.directoryUrl, ca: pebble.ca, hostnames: ["fog.example.org"] as [string] };
    const parts = { clock: systemClock, log: silent(), store, present: port.present };
    const first = await acmeCertificate(settings, parts);
    await first.tried;
    first.stop();
    const { notBeforeMs, notAfterMs } = lifeOf(first.current());
    const later = { ...systemClock, now: () => notBeforeMs + ((notAfterMs - notBeforeMs) * 2) / 3 };
    const second = await acmeCertificate(settings, { ...parts, clock: later });
    const told: string[] = [];
    second.onChange(({ chain }) => told.push(chain));
    await second.tried;
    second.stop();
    expect(told.length).toBe(1);
    expect(told[0]).not.toBe(first.current().chain);
  });
});
