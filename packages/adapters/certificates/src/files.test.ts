import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { virtualClock } from "@fogline/fakes";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Certificate, selfSigned } from "./certificate.ts";
import { certificateFromFiles } from "./files.ts";

const dayMs = 86_400_000;
const startMs = Date.UTC(2026, 0, 1);
let folder: string;
let said: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fogline-certificate-"));
  said = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const say = (level: string) => (fields: object, text: string) => void said.push(`${level}: ${text} ${JSON.stringify(fields)}`);
const log = { info: say("info"), warn: say("warn"), error: say("error") };
const paths = () => ({ certificatePath: join(folder, "fog.pem"), keyPath: join(folder, "fog.key") });
const write = ({ chain, key }: Partial<Certificate>) => {
  if (chain !== undefined) writeFileSync(paths().certificatePath, chain);
  if (key !== undefined) writeFileSync(paths().keyPath, key);
};
const lasting = () => selfSigned("fog.example.org", startMs - dayMs, 90 * dayMs);

describe("a certificate in two files", () => {
  it("is replaced when both files were, and whoever uses it is told", async () => {
    const [first, second] = [await lasting(), await lasting()];
    write(first);
    const clock = virtualClock(startMs);
    const source = certificateFromFiles(paths(), { clock, log });
    const told: Certificate[] = [];
    const unfollow = source.onChange((certificate) => told.push(certificate));
    await clock.advance(60_000);
    expect(source.current()).toEqual(first);
    write({ key: second.key });
    await clock.advance(10_000);
    expect([source.current(), said]).toEqual([first, []]);
    write({ chain: second.chain });
    await clock.advance(10_000);
    expect([source.current(), told]).toEqual([second, [second]]);
    unfollow();
    write(first);
    await clock.advance(10_000);
    expect([source.current(), told.length]).toEqual([first, 1]);
    source.stop();
    expect(clock.pending).toBe(0);
  });

  it("stays what it was when the files are broken for longer, and that is said once", async () => {
    const first = await lasting();
    write(first);
    const clock = virtualClock(startMs);
    const source = certificateFromFiles(paths(), { clock, log });
    write({ chain: "no certificate" });
    await clock.advance(120_000);
    expect(source.current()).toEqual(first);
    expect(said).toEqual([
      expect.stringMatching(/^error: the new certificate is not used, the one before stays .*fog\.pem is not a PEM certificate/),
    ]);
  });

  it("is spoken of once a day when two weeks of its life are left", async () => {
    write(await selfSigned("fog.example.org", startMs - dayMs, 16 * dayMs));
    const clock = virtualClock(startMs);
    const source = certificateFromFiles(paths(), { clock, log });
    expect(said).toEqual([]);
    await clock.advance(dayMs + 20_000);
    expect(said).toEqual([expect.stringMatching(/^warn: the certificate ends soon.*2026-01-16/)]);
    await clock.advance(dayMs);
    expect(said.length).toBe(2);
    source.stop();
  });

  it("is FL4061 at the start with the file's name when it is missing, no PEM, or another's key", async () => {
    const open = () => certificateFromFiles(paths(), { clock: virtualClock(startMs), log });
    expect(open).toThrow(/fog\.pem cannot be read/);
    const [one, other] = [await lasting(), await lasting()];
    write({ chain: one.chain, key: other.key });
    expect(open).toThrow(/the key in .*fog\.key does not belong to the certificate in .*fog\.pem/);
    write({ key: "-----BEGIN ENCRYPTED PRIVATE KEY-----" });
    expect(open).toThrow(/fog\.key is not a PEM private key without a passphrase/);
  });
});
