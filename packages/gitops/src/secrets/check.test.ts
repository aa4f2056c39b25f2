import { recipientsFile } from "@fogline/fleet";
import { describe, expect, it } from "vitest";
import { checkSecrets } from "./check.ts";
import { secretFilesOf, secretPath } from "./place.ts";

// Public keys that age-keygen made for this test.
const ada = "age19uj8xk66etfswjl77vaxj4karmn9yndhvggpjkeqll9vskgl64jstrhlzy";
const pi = "age16agm344w3gdu0lz4uxpydwczjxxxp0wqggmyq80yaqz8j28xn3aqx4nqa0";
const cloud = "age1eew9qnhzzcwzp89eexvw7d7jr8vnq42zrpgsw5dpdj5znm6vpycq9wdd8g";

const encrypted = "ENC[AES256_GCM,data:dVOh,iv:b5QRHHAckXDQROXGkV3BcwVR01mCxqV2mgz0mn1fuGw=,tag:Cy4r0igsDRm5UoQ7Ae67ww==,type:str]";

interface Parts {
  readonly name?: string;
  readonly recipients?: readonly string[];
  readonly password?: string;
  readonly extra?: string;
  readonly rule?: string;
}
const secret = ({ name = "db", recipients = [pi, ada], password = encrypted, extra = "", rule = "^(data|stringData)$" }: Parts = {}): string =>
  [
    "apiVersion: v1",
    "kind: Secret",
    "metadata:",
    `    name: ${name}`,
    "    namespace: fogline",
    "stringData:",
    `    password: ${password}`,
    "sops:",
    "    age:",
    ...recipients.flatMap((recipient) => [`        - recipient: ${recipient}`, "          enc: '-----BEGIN AGE ENCRYPTED FILE-----'"]),
    `    encrypted_regex: ${rule}`,
    '    lastmodified: "2026-03-01T14:05:00Z"',
    `    mac: ${encrypted}`,
    `    version: 3.13.3\n${extra}`,
  ].join("\n");

const inventory = `operators:\n  - ${ada}\nclusters:\n  edge-pi: ${pi}\n  cloud: ${cloud}\n`;
const check = (files: Readonly<Record<string, string>>, recipients = inventory) =>
  checkSecrets(["edge-pi", "cloud"], new Map(Object.entries({ [recipientsFile]: recipients, ...files })));
const said = (text: string, path = secretPath("edge-pi", "db"), recipients = inventory) =>
  check({ [path]: text }, recipients).findings.map(({ code, place, message }) => `${code}:${place?.line} ${message}`);

describe("an encrypted secret", () => {
  it("that is encrypted for its cluster and every operator has nothing against it", () => {
    const { findings, secrets } = check({ [secretPath("edge-pi", "db")]: secret() });
    expect(findings).toEqual([]);
    expect(secrets.get(secretPath("edge-pi", "db"))?.entries.map(({ key, state }) => [key, state])).toEqual([["password", "encrypted"]]);
  });

  it("names who is missing and who is too many", () => {
    expect(said(secret({ recipients: [pi] }))).toEqual([`FL3212:9 it is not encrypted for operator 1 (${ada})`]);
    expect(said(secret({ recipients: [ada] }))).toEqual([`FL3212:9 it is not encrypted for cluster edge-pi (${pi})`]);
    expect(said(secret({ recipients: [pi, ada, cloud] }))).toEqual([
      `FL3214:9 it is encrypted for cluster cloud (${cloud}), and it is cluster edge-pi's`,
    ]);
    expect(said(secret(), secretPath("edge-pi", "db"), `operators:\n  - ${cloud}\nclusters:\n  edge-pi: ${pi}\n`)).toEqual([
      `FL3212:9 it is not encrypted for operator 1 (${cloud})`,
      `FL3213:9 it is encrypted for ${ada}, who is neither cluster edge-pi nor an operator`,
    ]);
  });

  it("needs a cluster and an operator who can read it", () => {
    expect(said(secret(), secretPath("edge-pi", "db"), "").map((line) => line.slice(0, 6))).toEqual(["FL1011"]);
    const nobody = checkSecrets(["edge-pi"], new Map([[secretPath("edge-pi", "db"), secret()]]));
    expect(nobody.findings.map(({ code }) => code)).toEqual(["FL3203", "FL3203", "FL3213", "FL3213"]);
  });

  it("has no value in clear, and no message shows one", () => {
    expect(said(secret({ password: "hunter2" }))).toEqual(["FL3211:7 stringData.password is not encrypted"]);
    expect(said(secret({ password: "{ nested: hunter2 }" }))).toEqual(["FL3211:7 stringData.password is not encrypted"]);
    expect(said(secret({ password: `${encrypted}hunter2` }))).toEqual(["FL3211:7 stringData.password is not encrypted"]);
    const plain = "apiVersion: v1\nkind: Secret\nmetadata: { name: db, namespace: x }\ndata:\n  password: aHVudGVyMg==\n";
    expect(said(plain)).toEqual(["FL3211:2 there is no sops block, so nothing in this file is encrypted"]);
    expect(JSON.stringify(check({ [secretPath("edge-pi", "db")]: plain }))).not.toContain("aHVudGVyMg==");
  });

  it("is a Secret of its file's name, in a folder of a cluster", () => {
    expect(said(secret({ name: "other" }))).toEqual(["FL3215:4 the Secret is named other, the file db.sops.yaml"]);
    expect(said(secret(), "clusters/secrets/edge-pie/db.sops.yaml")).toEqual(["FL3215:1 the fleet has no cluster edge-pie"]);
    expect(said(secret(), "clusters/secrets/edge-pi/db.yaml")).toEqual(["FL3215:1 no secret can stand here"]);
    expect(said(secret().replace("kind: Secret", "kind: ConfigMap"))).toEqual(["FL3210:2 the object must be a Secret of apiVersion v1"]);
    expect(said(secret().replace("    namespace: fogline\n", ""))).toEqual([
      "FL3210:3 metadata.namespace is missing: the Secret would land wherever the tree is applied",
    ]);
  });

  it("is there once", () => {
    const files = { [secretPath("edge-pi", "a")]: secret({ name: "a" }), [secretPath("edge-pi", "b")]: secret({ name: "a" }) };
    expect(check(files).findings.map(({ code }) => code)).toEqual(["FL3215", "FL3216"]);
    const elsewhere = {
      [secretPath("edge-pi", "a")]: secret({ name: "a" }),
      [secretPath("cloud", "a")]: secret({ name: "a", recipients: [cloud, ada] }),
    };
    expect(check(elsewhere).findings).toEqual([]);
  });

  it("is encrypted by the rule and the kind of key that clusters have", () => {
    expect(said(secret({ rule: "^data$" }))).toEqual(["FL3217:14 encrypted_regex is ^data$, it must be ^(data|stringData)$"]);
    expect(said(secret({ extra: "    pgp:\n        - fp: ABC\n    mac_only_encrypted: true\n" }))).toEqual([
      "FL3217:18 the sops block has pgp, which this fleet does not use",
      "FL3217:20 the sops block has mac_only_encrypted, which this fleet does not use",
    ]);
  });

  it("says when it was written, and has a MAC", () => {
    const bare = secret().replace(/ {4}(mac|lastmodified): .*\n/g, "");
    expect(said(bare).map((line) => line.slice(0, 26))).toEqual(["FL3210:8 sops.lastmodified", "FL3210:8 sops.mac is missi"]);
  });

  it("that a removed key can still read is not done until its values are changed", () => {
    const marked = secret().replace(
      "    namespace: fogline",
      "    namespace: fogline\n    annotations:\n        fogline/values-to-change: password,token",
    );
    expect(said(marked)).toEqual(["FL3220:6 somebody who was removed can still read password, token"]);
  });

  it("and a private key do not share a folder", () => {
    const { findings } = check({ "clusters/secrets/edge-pi/key.sops.yaml": "# AGE-SECRET-KEY-1QPZRY9X8\n" });
    expect(findings.map(({ code, place }) => [code, place?.line])).toContainEqual(["FL3204", 1]);
    expect(JSON.stringify(findings)).not.toContain("QPZRY9X8");
  });
});

describe("the files of a cluster's secrets", () => {
  it("are its own, byte for byte", () => {
    const files = new Map([
      [recipientsFile, inventory],
      [secretPath("edge-pi", "b"), "b\r\n"],
      [secretPath("edge-pi", "a.b"), "a"],
      [secretPath("cloud", "c"), "c"],
    ]);
    expect([...secretFilesOf("edge-pi", files)]).toEqual([
      ["a.b.sops.yaml", "a"],
      ["b.sops.yaml", "b\r\n"],
    ]);
  });
});
