import { systemRandom } from "@fogline/system";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { type KeyPair, newKeyPair, readKeyFile } from "./age-keys.ts";
import { openSecret } from "./open.ts";
import { changeSecret, createSecret } from "./seal.ts";
import { additionalDataOf, decryptValue, encryptValue } from "./value.ts";

const source = { random: systemRandom, nowMs: Date.UTC(2026, 2, 1, 14, 5) };
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const path = "clusters/secrets/edge-pi/db.sops.yaml";

let cluster: KeyPair;
let operator: KeyPair;
beforeAll(async () => {
  [cluster, operator] = await Promise.all([newKeyPair(), newKeyPair()]);
});

const create = (values: Readonly<Record<string, string>>, recipients = [cluster.recipient, operator.recipient]) =>
  createSecret(
    { name: "db", namespace: "fogline", values: new Map(Object.entries(values).map(([key, value]) => [key, text(value)])), recipients },
    source,
  );
const open = (content: string, ...pairs: readonly KeyPair[]) =>
  openSecret(
    { path, text: content },
    pairs.map(({ identity }) => identity),
  );
const clearOf = async (content: string, pair: KeyPair) =>
  Object.fromEntries([...(await open(content, pair)).values].map(([key, value]) => [key, new TextDecoder().decode(value)]));

describe("an encrypted value", () => {
  const dataKey = new Uint8Array(32).fill(7);
  const at = { dataKey, additionalData: additionalDataOf(["data", "a"]) };

  it("decrypts to what it was, whatever that is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1 }), (value) => {
        expect(decryptValue(encryptValue(value, at, systemRandom), at)).toEqual({ clear: value, type: "str" });
      }),
    );
  });

  it("decrypts nowhere else, with no other key, and not with a bit changed", () => {
    const encrypted = encryptValue("hunter2", at, systemRandom);
    expect(decryptValue(encrypted, { ...at, additionalData: additionalDataOf(["data", "b"]) })).toBeUndefined();
    expect(decryptValue(encrypted, { ...at, dataKey: new Uint8Array(32).fill(8) })).toBeUndefined();
    const data = Buffer.from(/data:([^,]+)/.exec(encrypted)?.[1] ?? "", "base64");
    data[0] = (data[0] ?? 0) ^ 1;
    expect(decryptValue(encrypted.replace(/data:[^,]+/, `data:${data.toString("base64")}`), at)).toBeUndefined();
  });

  it("is refused with a tag that is shortened to be forged more easily", () => {
    const encrypted = encryptValue("hunter2", at, systemRandom);
    const tag = Buffer.from(/tag:([^,]+)/.exec(encrypted)?.[1] ?? "", "base64").subarray(0, 4);
    expect(decryptValue(encrypted.replace(/tag:[^,]+/, `tag:${tag.toString("base64")}`), at)).toBeUndefined();
  });

  it("is never the same twice", () => {
    expect(encryptValue("hunter2", at, systemRandom)).not.toBe(encryptValue("hunter2", at, systemRandom));
  });
});

describe("a secret's file", () => {
  it("gives every value back to each of its readers", async () => {
    const keys = fc.stringMatching(/^[-._A-Za-z0-9]{1,20}$/).filter((key) => key !== "." && key !== "..");
    await fc.assert(
      fc.asyncProperty(fc.dictionary(keys, fc.uint8Array({ minLength: 1, maxLength: 64 }), { minKeys: 1, maxKeys: 5 }), async (given) => {
        const values = new Map(Object.entries(given));
        const content = await createSecret({ name: "db", namespace: "x", values, recipients: [cluster.recipient] }, source);
        const opened = (await open(content, cluster)).values;
        expect([...opened].map(([key, value]) => [key, [...value]]).sort()).toEqual([...values].map(([key, value]) => [key, [...value]]).sort());
      }),
      { numRuns: 30 },
    );
  });

  it("says when it was written, and repeats its data key for each reader", async () => {
    const content = await create({ password: "hunter2" });
    expect(content).toContain('lastmodified: "2026-03-01T14:05:00Z"');
    expect(content.match(/BEGIN AGE ENCRYPTED FILE/g)).toHaveLength(2);
    expect(content).not.toContain("hunter2");
    expect(content).not.toContain(Buffer.from("hunter2").toString("base64"));
  });

  it("does not open for a stranger, and the refusal names whom it is for", async () => {
    const stranger = await newKeyPair();
    await expect(open(await create({ a: "b" }), stranger)).rejects.toMatchObject({
      code: "FL3208",
      message: expect.stringContaining(cluster.recipient),
    });
    await expect(open(await create({ a: "b" }))).rejects.toMatchObject({ code: "FL3208" });
  });

  it("keeps what is not changed, to the byte, when a value is set", async () => {
    const before = await create({ a: "1", b: "2" });
    const after = await changeSecret(await open(before, operator), { values: new Map([["b", text("3")]]) }, source);
    const kept = (content: string) => content.split("\n").filter((line) => !/^ {4}(b|mac):/.test(line));
    expect(kept(after)).toEqual(kept(before));
    expect(await clearOf(after, cluster)).toEqual({ a: "1", b: "3" });
  });

  it("has a key once, also when a text becomes bytes", async () => {
    const before = await create({ a: "1" });
    const after = await changeSecret(await open(before, operator), { values: new Map([["a", Uint8Array.of(0, 255)]]) }, source);
    expect([...(await open(after, cluster)).values]).toEqual([["a", Buffer.from([0, 255])]]);
    expect(after).not.toContain("stringData:");
    expect(after.indexOf("data:")).toBeLessThan(after.indexOf("sops:"));
  });

  it("has another data key and no other readers after a rotation", async () => {
    const before = await open(await create({ a: "1" }), cluster);
    const after = await changeSecret(before, { recipients: [operator.recipient], valuesToChange: ["a"] }, source);
    await expect(open(after, cluster)).rejects.toMatchObject({ code: "FL3208" });
    const opened = await open(after, operator);
    expect(Buffer.from(opened.dataKey).equals(before.dataKey)).toBe(false);
    expect(opened.secret.valuesToChange).toEqual(["a"]);
    const done = await changeSecret(opened, { valuesToChange: [] }, source);
    expect(done).not.toContain("annotations");
  });

  it("shows an exchange of two values, a value left out, another name, and another time", async () => {
    const content = await create({ a: "1", b: "2" });
    const [, a = "", b = ""] = /^ {4}a: (\S+)\n {4}b: (\S+)$/m.exec(content) ?? [];
    const exchanged = content.replace(a, "?").replace(b, a).replace("?", b);
    const places = await open(exchanged, cluster).catch(({ findings }) => findings.map(({ place }: { place: { path: string } }) => place.path));
    expect(places).toEqual(["stringData.a", "stringData.b"]);
    for (const bad of [content.replace(/^ {4}b: .*\n/m, ""), content.replace("name: db", "name: dc"), content.replace("14:05", "14:06")])
      await expect(open(bad, cluster)).rejects.toMatchObject({ code: "FL3218", findings: [{ code: "FL3218", place: { file: path } }] });
  });

  it("refuses an empty value and more than Kubernetes takes", async () => {
    await expect(create({ a: "" })).rejects.toMatchObject({ code: "FL3222", message: "the value of a is empty" });
    const much = "x".repeat(700_000);
    await expect(create({ a: much, b: much })).rejects.toMatchObject({
      code: "FL3222",
      message: "the values have 1400000 bytes together, Kubernetes takes 1048576 in a Secret",
    });
    const half = await open(await create({ a: much }), cluster);
    await expect(changeSecret(half, { values: new Map([["b", text(much)]]) }, source)).rejects.toMatchObject({ code: "FL3222" });
  });
});

describe("a key file", () => {
  it("that is none is refused without showing what is in it", async () => {
    const broken = cluster.identity.replace(/.$/, cluster.identity.endsWith("Q") ? "P" : "Q");
    const refusal = await readKeyFile(`# a comment\n${broken}\n`, "k.agekey").catch((thrown: Error) => thrown);
    expect(refusal).toMatchObject({ code: "FL3206", message: "line 2 of k.agekey is not a private key of age" });
    expect(JSON.stringify([refusal, String((refusal as Error).stack), (refusal as Error).cause])).not.toContain(broken.slice(20, 40));
    await expect(readKeyFile("# only a comment\n", "k.agekey")).rejects.toMatchObject({ code: "FL3206" });
  });
});
