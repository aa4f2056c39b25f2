import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemRandom } from "@fogline/system";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { type KeyPair, keyFileText, newKeyPair, readKeyFile } from "./age-keys.ts";
import { openSecret } from "./open.ts";
import { changeSecret, createSecret } from "./seal.ts";
import { age, ageKeygen, hasSops, sops, sopsNote } from "./testing/programs.ts";

const source = { random: systemRandom, nowMs: Date.UTC(2026, 2, 1, 14, 5) };
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const values = new Map<string, Uint8Array>([
  ["password", text("hunter2 § ü")],
  ["on", text("on")],
  ["1e3", text("1e3")],
  ["tls.key", text("-----BEGIN-----\n  two lines # and no comment\n-----END-----\n")],
  ["blob", Uint8Array.of(0, 255, 128, 10)],
]);

const byPeople = `# who needs this: the hub
apiVersion: v1
kind: Secret
metadata:
    name: db
    namespace: fogline
    labels:
        tier: "1"
type: Opaque
immutable: true
stringData:
    # rotated in spring
    password: from people # agreed with ada
    empty: ""
    number: "12"
data:
    token: AP8=
`;

describe.skipIf(!hasSops)(`SOPS and age themselves${sopsNote}`, () => {
  let folder: string;
  let operator: KeyPair;
  let cluster: KeyPair;
  const at = (name: string): string => join(folder, name);
  const put = (name: string, content: string): string => {
    writeFileSync(at(name), content, { mode: 0o600 });
    return at(name);
  };
  const decrypted = (content: string, pair: KeyPair) => parse(sops(["decrypt", put("in.sops.yaml", content)], put("key.txt", keyFileText(pair, 0))));

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "fogline-sops-"));
    operator = await newKeyPair();
    cluster = await newKeyPair();
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it("decrypt a file of ours with the key of every recipient, and with no other", async () => {
    const recipients = [cluster.recipient, operator.recipient];
    const content = await createSecret({ name: "on", namespace: "fogline", values, recipients }, source);
    for (const pair of [cluster, operator]) {
      expect(decrypted(content, pair)).toEqual({
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "on", namespace: "fogline" },
        type: "Opaque",
        stringData: {
          password: "hunter2 § ü",
          on: "on",
          "1e3": "1e3",
          "tls.key": "-----BEGIN-----\n  two lines # and no comment\n-----END-----\n",
        },
        data: { blob: "AP+ACg==" },
      });
    }
    const stranger = await newKeyPair();
    expect(() => decrypted(content, stranger)).toThrow(/Failed to get the data key|0 successful groups/);
  });

  it("write a file that is opened here, changed, rotated, and still theirs", async () => {
    const encrypted = sops(["encrypt", "--age", cluster.recipient, "--encrypted-regex", "^(data|stringData)$", put("db.yaml", byPeople)]);
    const open = await openSecret({ path: "db.sops.yaml", text: encrypted }, [cluster.identity]);
    expect([...open.values].map(([key, value]) => [key, Buffer.from(value).toString("latin1")])).toEqual([
      ["password", "from people"],
      ["empty", ""],
      ["number", "12"],
      ["token", "\u0000\u00ff"],
    ]);
    const changed = await changeSecret(open, { values: new Map([["added", text("new")]]), valuesToChange: ["password"] }, source);
    const lines = new Set(encrypted.split("\n").map((line) => line.trim()));
    const other = changed.split("\n").filter((line) => !lines.has(line.trim()));
    expect(other.map((line) => line.trim().split(":")[0])).toEqual(["annotations", "fogline/values-to-change", "added", "lastmodified", "mac"]);
    const again = await openSecret({ path: "db.sops.yaml", text: changed }, [cluster.identity]);
    const rotated = await changeSecret(again, { recipients: [operator.recipient], valuesToChange: [] }, source);
    const clear = { apiVersion: "v1", metadata: { name: "db", labels: { tier: "1" } }, immutable: true };
    const stringData = { password: "from people", empty: "", number: "12", added: "new" };
    expect(decrypted(changed, cluster)).toMatchObject({ ...clear, stringData, data: { token: "AP8=" } });
    expect(decrypted(rotated, operator)).toMatchObject({ ...clear, stringData, data: { token: "AP8=" } });
    expect(() => decrypted(rotated, cluster)).toThrow();
    const withComments = sops(["decrypt", put("in.sops.yaml", rotated)], put("key.txt", keyFileText(operator, 0)));
    for (const comment of ["# who needs this: the hub", "# rotated in spring", "# agreed with ada"]) expect(withComments).toContain(comment);
  });

  it("are not fooled by what is not fooled here: an altered value, one moved to another key, one left out", async () => {
    const content = await createSecret(
      { name: "db", namespace: "fogline", values: new Map([...values, ["second", text("other")]]), recipients: [cluster.recipient] },
      source,
    );
    const parts = /^ {4}password: (\S+)$[\s\S]*^ {4}second: (\S+)$/m.exec(content) ?? [];
    const [, first = "", second = ""] = parts;
    const swapped = content.replace(first, "\u0000").replace(second, first).replace("\u0000", second);
    const shorter = content.replace(/^ {4}second: .*\n/m, "");
    const renamed = content.replace("name: db", "name: dc");
    for (const [bad, code] of [
      [swapped, "FL3219"],
      [content.replace("GCM,data:", "GCM,data:AAAA"), "FL3219"],
      [shorter, "FL3218"],
      [renamed, "FL3218"],
    ] as const) {
      expect(bad).not.toBe(content);
      expect(() => decrypted(bad, cluster)).toThrow();
      await expect(openSecret({ path: "db.sops.yaml", text: bad }, [cluster.identity])).rejects.toMatchObject({ code });
    }
  });

  it("take each other's keys", async () => {
    ageKeygen(["-o", at("theirs.txt")]);
    const [theirs] = await readKeyFile(readFileSync(at("theirs.txt"), "utf8"), "theirs.txt");
    expect(ageKeygen(["-y", at("theirs.txt")]).trim()).toBe(theirs?.recipient);
    expect(ageKeygen(["-y", put("ours.txt", keyFileText(operator, 0))]).trim()).toBe(operator.recipient);
    const sealed = age(["-a", "-r", operator.recipient], "for the operator");
    expect(age(["-d", "-i", at("ours.txt")], sealed)).toBe("for the operator");
  });
});
