import { spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hasSops, sops, sopsNote } from "@fogline/sops/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { root } from "../../scripts/root.ts";
import { filesBelow, holds, whereItLies } from "./testing/canary.ts";
import { eventually } from "./testing/eventually.ts";
import { makeRepository, type Repository } from "./testing/repository.ts";

const program = join(root, "packages/cli/src/main.ts");
const file = "clusters/secrets/edge-pi/db.sops.yaml";
const recipientsFile = "clusters/secrets/recipients.yaml";

let repository: Repository;
/** Everything that any run of a test printed. */
let printed = "";

beforeEach(() => {
  printed = "";
  repository = makeRepository();
  writeFileSync(join(repository.path, ".gitignore"), ".fogline/\n");
});
afterEach(() => repository.remove());

const environment = () => ({ PATH: process.env.PATH, HOME: repository.path, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? "" });
const argumentsOf = (args: readonly string[]) => [program, "--repo", repository.path, ...args];

/** The command as a person would run it, with something on standard input. */
const fogline = (args: readonly string[], input: string | Uint8Array = "") => {
  const { status, stdout, stderr } = spawnSync(process.execPath, argumentsOf(args), {
    env: environment(),
    cwd: repository.path,
    input,
    encoding: "utf8",
  });
  printed += stdout + stderr;
  const codes = [...new Set((stdout + stderr).match(/\bFL\d{4}\b/g) ?? [])];
  return { status, stdout, stderr, codes };
};
const at = (path: string): string => join(repository.path, path);
const read = (path: string): string => readFileSync(at(path), "utf8");
const key = (name: string): string => at(`.fogline/keys/${name}.agekey`);
const decrypted = (path: string, keyFile: string) => parse(sops(["decrypt", at(path)], keyFile));

describe("fogline cluster init", () => {
  it("makes keys that git does not keep and only their owner reads, once", () => {
    const first = fogline(["cluster", "init", "edge-pi"]);
    expect([first.status, first.stderr]).toEqual([0, ""]);
    expect(["edge-pi", "operator"].map((name) => statSync(key(name)).mode & 0o777)).toEqual([0o600, 0o600]);
    const [recipients, own, operator] = [read(recipientsFile), readFileSync(key("edge-pi"), "utf8"), readFileSync(key("operator"), "utf8")];
    const publicKey = (text: string) => /# public key: (\S+)/.exec(text)?.[1];
    expect(parse(recipients)).toEqual({ operators: [publicKey(operator)], clusters: { "edge-pi": publicKey(own) } });
    expect(first.stdout).toContain("Secret flux-system/sops-age");
    expect(first.stdout).toContain(`--from-file=edge-pi.agekey=${key("edge-pi")}`);
    const again = fogline(["cluster", "init", "edge-pi"]);
    expect([again.status, read(recipientsFile), readFileSync(key("edge-pi"), "utf8")]).toEqual([0, recipients, own]);
    const privates = [own, operator].map((text) => /AGE-SECRET-KEY-\S+/.exec(text)?.[0] ?? "none");
    for (const identity of privates) expect(printed).not.toContain(identity);
    repository.commit("recipients");
    expect(spawnSync("git", ["log", "-p"], { cwd: repository.path, encoding: "utf8" }).stdout).not.toContain("AGE-SECRET-KEY");
  });

  it("writes nothing where git would keep the key, the cluster is unknown, or the operator's key is none", () => {
    const nothing = (args: string[], code: string, status: number) => {
      const said = fogline(["cluster", "init", ...args]);
      expect([said.status, said.codes]).toEqual([status, [code]]);
      expect(filesBelow(repository.path).filter((path) => /agekey|recipients/.test(path))).toEqual([]);
    };
    nothing(["edge-pie"], "FL3200", 3);
    nothing(["edge-pi", "--operator", "age1nobody"], "FL3202", 3);
    rmSync(at(".gitignore"));
    nothing(["edge-pi"], "FL3204", 3);
  });

  it("refuses a key that is not the listed one, and says what to do", () => {
    fogline(["cluster", "init", "edge-pi"]);
    fogline(["cluster", "init", "edge-jetson"]);
    writeFileSync(key("edge-pi"), readFileSync(key("edge-jetson")));
    const said = fogline(["cluster", "init", "edge-pi"]);
    expect([said.status, said.codes]).toEqual([3, ["FL3207"]]);
    expect(said.stderr).toContain("--new-key");
  });
});

describe("fogline secret", () => {
  beforeEach(() => {
    expect(fogline(["cluster", "init", "edge-pi"]).status).toBe(0);
  });

  it("leaves a value nowhere: no file, no output, no message, no process argument or environment", async () => {
    const value = `canary-${randomBytes(12).toString("hex")}-"ü+/=& %`;
    const child = spawn(process.execPath, argumentsOf(["secret", "set", "edge-pi", "db", "password", "--json"]), {
      env: environment(),
      cwd: repository.path,
    });
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => {
        printed += chunk.toString();
      });
    child.stdin.write(value);
    const process_ = (name: string) => readFileSync(`/proc/${child.pid}/${name}`, "latin1");
    await eventually("the command runs", () => process_("cmdline").includes("password"));
    for (const name of ["cmdline", "environ"]) expect(holds(process_(name), value)).toBe(false);
    child.stdin.end();
    expect((await once(child, "exit"))[0]).toBe(0);

    writeFileSync(at(".fogline/value"), value);
    expect(fogline(["secret", "set", "edge-pi", "db", "second", "--from-file", ".fogline/value"]).status).toBe(0);
    rmSync(at(".fogline/value"));
    expect(fogline(["secret", "set", "edge-pi", "db", "a", "b"], `${value}\n${value}\n`).status).toBe(0);
    // The same, refused: the value as a key's name, in a key file, in the list of recipients, in an encrypted file, and with more than there can be.
    expect(fogline(["secret", "set", "edge-pi", "db", "big", "--json"], value.repeat(40_000)).codes).toEqual(["FL3222"]);
    mkdirSync(at("outside"));
    writeFileSync(at("outside/key"), value, { mode: 0o600 });
    expect(fogline(["secret", "check", "--key", "outside/key"]).codes).toEqual(["FL3206"]);
    rmSync(at("outside"), { recursive: true });
    const [recipients, encrypted] = [read(recipientsFile), read(file)];
    const quoted = JSON.stringify(value);
    writeFileSync(at(recipientsFile), `operators: [${quoted}]\n`);
    expect(fogline(["secret", "check", "--json"]).codes).toContain("FL3202");
    writeFileSync(at(recipientsFile), recipients);
    writeFileSync(at(file), encrypted.replace(/^ {4}password: .*$/m, `    password: ${quoted}`));
    for (const command of [["check"], ["check", "--json"], ["rotate", "edge-pi"], ["list", "--json"], ["set", "edge-pi", "db", "x"]])
      expect(fogline(["secret", ...command], "x").codes).toEqual(command[0] === "list" ? [] : ["FL3211"]);
    writeFileSync(at(file), encrypted);
    expect(fogline(["secret", "rotate", "edge-pi", "--json"]).status).toBe(0);
    expect(fogline(["secret", "check", "--json"]).status).toBe(0);

    expect(holds(printed, value)).toBe(false);
    expect(whereItLies(repository.path, value)).toEqual([]);
    // That the search finds such a value is seen where it is left on purpose.
    writeFileSync(at("left"), Buffer.from(`x: ${value}`).toString("base64"));
    expect(whereItLies(repository.path, value)).toEqual([at("left")]);
  });

  it("comes into the tree of its cluster byte for byte, and a rendered tree stays what it is", () => {
    fogline(["secret", "set", "edge-pi", "db", "password"], "hunter2");
    const copy = "clusters/edge-pi/configs/db.sops.yaml";
    expect(fogline(["render", "--check"])).toMatchObject({ status: 1, stdout: expect.stringContaining(`${copy} is missing`) });
    expect(fogline(["render"]).status).toBe(0);
    expect(read(copy)).toBe(read(file));
    expect(parse(read("clusters/edge-pi/configs/kustomization.yaml")).resources).toContain("db.sops.yaml");
    expect(fogline(["render", "--check"]).status).toBe(0);
    rmSync(at(file));
    expect(fogline(["render"]).stdout).toContain(`removed  ${copy}`);
    expect(read(recipientsFile)).toContain("age1");
  });

  it("is never given as an argument: a further word is a further key, and its value is asked for", () => {
    const { status, codes } = fogline(["secret", "set", "edge-pi", "db", "password", "hunter2"]);
    expect([status, codes]).toEqual([3, ["FL3222"]]);
    expect(fogline(["secret", "set", "edge-pi", "db", "a", "b", "--from-file", "x"]).status).toBe(2);
  });

  it("set needs a private key for one more value, and none to write a file anew", () => {
    expect(fogline(["secret", "set", "edge-pi", "db", "a"], "1").status).toBe(0);
    for (const name of ["edge-pi", "operator"]) rmSync(key(name));
    const refused = fogline(["secret", "set", "edge-pi", "db", "b"], "2");
    expect([refused.status, refused.codes]).toEqual([3, ["FL3208"]]);
    expect(refused.stderr).toContain("--replace");
    expect(fogline(["secret", "check"])).toMatchObject({ status: 0, stdout: expect.stringContaining("no private key here opens 1 file") });
    expect(fogline(["secret", "set", "edge-pi", "db", "b", "c", "--replace", "--namespace", "shop"], "2\n3\n").status).toBe(0);
    expect(fogline(["secret", "list"]).stdout).toMatch(/edge-pi {2}shop\/db +2 .* b c$/m);
  });

  it.each([
    [["set", "edge-pi", "Db", "a"], "FL3221"],
    [["set", "edge-pi", "../db", "a"], "FL3221"],
    [["set", "edge-pi", "db", "a b"], "FL3221"],
    [["set", "edge-pie", "db", "a"], "FL3200"],
    [["set", "edge-jetson", "db", "a"], "FL3203"],
    [["set", "edge-pi", "db", "a", "--from-file", "nothing"], "FL3222"],
    [["rotate", "edge-pi", "nothing"], "FL3223"],
  ])("%j is refused with %s, and nothing is written", (args, code) => {
    const said = fogline(["secret", ...args], "1");
    expect([said.status, said.codes]).toEqual([3, [code]]);
    expect(readdirSync(at("clusters/secrets"))).toEqual(["recipients.yaml"]);
  });

  it("check refuses what was altered or exchanged, and what others may read", () => {
    fogline(["secret", "set", "edge-pi", "db", "a", "b"], "1\n2\n");
    const whole = read(file);
    const check = () => {
      const { status, codes } = fogline(["secret", "check"]);
      return [status, codes];
    };
    expect(check()).toEqual([0, []]);
    const [, a = "", b = ""] = /^ {4}a: (\S+)\n {4}b: (\S+)$/m.exec(whole) ?? [];
    writeFileSync(at(file), whole.replace(a, "?").replace(b, a).replace("?", b));
    expect(check()).toEqual([1, ["FL3219"]]);
    writeFileSync(at(file), whole.replace("namespace: fogline", "namespace: fogline2"));
    expect(check()).toEqual([1, ["FL3218"]]);
    expect(fogline(["secret", "set", "edge-pi", "db", "c"], "3").codes).toEqual(["FL3218"]);
    writeFileSync(at(file), whole);
    chmodSync(key("edge-pi"), 0o644);
    expect(check()).toEqual([3, ["FL3205"]]);
  });

  it("rotate after a theft is not done until every value is another", () => {
    fogline(["secret", "set", "edge-pi", "db", "a", "b"], "1\n2\n");
    const stolen = readFileSync(key("edge-pi"), "utf8");
    fogline(["cluster", "init", "edge-pi", "--new-key"]);
    expect(fogline(["secret", "check"])).toMatchObject({ status: 1, codes: ["FL3212", "FL3213"] });
    expect(fogline(["secret", "set", "edge-pi", "db", "a"], "3").codes).toEqual(["FL3213"]);
    expect(fogline(["secret", "rotate", "edge-pi"])).toMatchObject({ status: 1, codes: ["FL3220"], stdout: expect.stringContaining("not done") });
    // Once more changes nothing about it, and one of two values is not both.
    expect(fogline(["secret", "rotate", "edge-pi"]).codes).toEqual(["FL3220"]);
    expect(fogline(["secret", "set", "edge-pi", "db", "a"], "3").status).toBe(0);
    expect(fogline(["secret", "check"])).toMatchObject({ status: 1, codes: ["FL3220"], stdout: expect.stringContaining("can still read b\n") });
    expect(fogline(["secret", "set", "edge-pi", "db", "b"], "4").status).toBe(0);
    expect(fogline(["secret", "check"])).toMatchObject({ status: 0, codes: [] });
    writeFileSync(at(".fogline/stolen"), stolen, { mode: 0o600 });
    expect(fogline(["secret", "rotate", "edge-pi", "--key", ".fogline/stolen"]).codes).toEqual(["FL3208"]);
  });

  it("rotate --values asks for every value, and is done with that", () => {
    fogline(["secret", "set", "edge-pi", "db", "a", "b"], "1\n2\n");
    fogline(["cluster", "init", "edge-pi", "--new-key"]);
    expect(fogline(["secret", "rotate", "edge-pi", "--values"], "3\n").codes).toEqual(["FL3222"]);
    expect(fogline(["secret", "rotate", "edge-pi", "--values"], "3\n4\n")).toMatchObject({ status: 0, codes: [] });
    expect(fogline(["secret", "check"])).toMatchObject({ status: 0, codes: [] });
  });
});

describe.skipIf(!hasSops)(`what SOPS itself makes of it${sopsNote}`, () => {
  it("decrypts what was set, changed and rotated, for cluster and operator", () => {
    fogline(["cluster", "init", "edge-pi"]);
    fogline(["secret", "set", "edge-pi", "db", "password"], "hunter2");
    fogline(["secret", "set", "edge-pi", "db", "blob"], Uint8Array.of(0, 255, 10));
    const clear = { kind: "Secret", metadata: { name: "db", namespace: "fogline" }, stringData: { password: "hunter2" }, data: { blob: "AP8=" } };
    expect(decrypted(file, key("edge-pi"))).toMatchObject(clear);
    expect(fogline(["secret", "rotate", "edge-pi"]).status).toBe(0);
    for (const name of ["edge-pi", "operator"]) expect(decrypted(file, key(name))).toMatchObject(clear);
  });

  it("is checked, changed and rotated here, when sops wrote it", () => {
    fogline(["cluster", "init", "edge-pi"]);
    const recipients = [...read(recipientsFile).matchAll(/age1\w+/g)].map(([recipient]) => recipient);
    writeFileSync(
      at(".fogline/clear.yaml"),
      "apiVersion: v1\nkind: Secret\nmetadata: { name: db, namespace: fogline }\nstringData:\n  # why\n  a: one\n",
    );
    mkdirSync(at("clusters/secrets/edge-pi"));
    sops(["encrypt", "--age", recipients.join(","), "--encrypted-regex", "^(data|stringData)$", "--output", at(file), at(".fogline/clear.yaml")]);
    expect(fogline(["secret", "check"])).toMatchObject({ status: 0, stdout: expect.stringContaining("MAC verified in 1") });
    expect(fogline(["secret", "set", "edge-pi", "db", "b"], "two").status).toBe(0);
    expect(fogline(["secret", "rotate", "edge-pi"]).status).toBe(0);
    expect(decrypted(file, key("operator")).stringData).toEqual({ a: "one", b: "two" });
    expect(sops(["decrypt", at(file)], key("operator"))).toContain("# why");
  });
});
