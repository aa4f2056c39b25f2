import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createEnrolment, createTask, getTask, type Input, listNodes } from "@fogline/contracts";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { root } from "../../scripts/root.ts";
import { enrolDevice } from "./testing/device.ts";
import { eventually } from "./testing/eventually.ts";
import { type HubProcess, makeDataFolder, removeDataFolder, startHubProcess } from "./testing/hub.ts";
import { processesNaming } from "./testing/processes.ts";
import { agentSocket, requestBytes, type Shown, sendRaw, sendRawTls, webSocketFrame } from "./testing/raw.ts";
import { makeRepository, type Repository } from "./testing/repository.ts";

const fleetFile = "clusters/fleet.yaml";

let repository: Repository;
let hub: HubProcess;
let httpPort: number;
let agentPort: number;

const listening = (): Promise<Server> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => resolve(server));
  });
const portOf = (server: Server): number => (server.address() as { port: number }).port;
const freePort = async (): Promise<number> => {
  const server = await listening();
  const port = portOf(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
};

beforeAll(async () => {
  repository = makeRepository();
  repository.edit(
    fleetFile,
    "  gateway:\n    on: [dev, cloud]\n",
    "  gateway:\n    on: [dev, cloud]\n    settings: { requestTimeoutMs: 500, helloTimeoutMs: 500 }\n",
  );
  repository.render();
  repository.commit("little patience");
  agentPort = await freePort();
  hub = await startHubProcess({ repository: repository.path, args: ["--no-simulate", "--agent-port", String(agentPort)] });
  httpPort = Number(new URL(hub.url).port);
});
afterAll(async () => {
  await hub?.end();
  removeDataFolder(hub?.dataFolder);
  repository?.remove();
});

/** After everything bad: the same process answers a normal request, and this machine's agent is there. */
afterEach(async () => {
  expect(hub.child.exitCode).toBeNull();
  const { nodes } = await hub.client.call(listNodes, { status: "online" });
  expect(nodes.map(({ id }) => id)).toEqual(["this-machine"]);
});

/** What `fogline up` says and how it ends when it cannot start. */
const up = (options: { readonly repo?: string; readonly data: string; readonly port?: number }) => {
  const ports = ["--port", String(options.port ?? 0), "--agent-port", "0", "--orchestrator-port", "0"];
  const args = ["--repo", options.repo ?? repository.path, "--data", options.data, "up", "--no-simulate", "--no-agent", ...ports];
  const { status, stderr } = spawnSync(process.execPath, [join(root, "packages/cli/src/main.ts"), ...args], { encoding: "utf8", timeout: 60_000 });
  return { status, stderr };
};

describe("fogline up that cannot start", () => {
  it("names the port that is in use and ends with 3", async () => {
    const server = await listening();
    const data = makeDataFolder();
    const { status, stderr } = up({ data, port: portOf(server) });
    expect(stderr).toContain(`FL4016  port ${portOf(server)} on 127.0.0.1 is in use`);
    expect(status).toBe(3);
    server.close();
    removeDataFolder(data);
  });

  it("names the data folder that cannot be written and ends with 3", () => {
    const data = join(root, "package.json", "data");
    const { status, stderr } = up({ data });
    expect(stderr).toContain(`FL4017  the data folder ${data} cannot be written`);
    expect(stderr).toContain("fix: ");
    expect(status).toBe(3);
  });

  it.each([
    ["gateway", "FL3012  the tree has no gateway, so there is no way in"],
    ["orchestrator", "FL4009  the node registry does not answer"],
  ])("ends with 3, and stops what it had started, when the fleet has no %s", (workload, said) => {
    const without = makeRepository();
    without.edit(fleetFile, new RegExp(`\\n {2}${workload}:\\n {4}on: \\[dev, cloud\\]\\n {4}version: 0\\.1\\.0`), "");
    without.edit(fleetFile, ", workloads: { gateway: { secrets: [gateway-keys] } }", "");
    without.render();
    without.commit(`no ${workload}`);
    const data = makeDataFolder();
    const { status, stderr } = up({ repo: without.path, data });
    expect(stderr).toContain(said);
    expect(status).toBe(3);
    removeDataFolder(data);
    without.remove();
  });

  it("names every problem of a bad fleet at once and ends with 1", () => {
    const repo = mkdtempSync(join(tmpdir(), "fogline-bad-"));
    mkdirSync(join(repo, "clusters"));
    writeFileSync(join(repo, fleetFile), "flet: acme\nsites: { a: { region: 5 } }\nclusters: { dev: { site: b, tier: clod, local: true } }\n");
    const data = makeDataFolder();
    const { status, stderr } = up({ repo, data });
    for (const said of ["FL1010", "FL1011", "FL1030", "FL1035", "clusters/fleet.yaml:1:1"]) expect(stderr).toContain(said);
    expect(status).toBe(1);
    removeDataFolder(data);
    removeDataFolder(repo);
  });
});

describe("the HTTP port", () => {
  const task = (fields: string) => `{"command":["true"],${fields}}`;
  const post = (body: string | Uint8Array, headers: Readonly<Record<string, string>> = {}) =>
    sendRaw(httpPort, requestBytes(hub.token, body, headers));

  it.each([
    ["a body of 2 MB", () => task(`"site":"${"x".repeat(2_000_000)}"`), 413, "FL4006"],
    ["an unknown field", () => task('"comand":["true"]'), 400, "FL4001"],
    ["NaN as a resource", () => task('"cpuCores":NaN'), 400, "FL4018"],
    ["Infinity as a resource", () => task('"cpuCores":Infinity'), 400, "FL4018"],
    ["a number that is too large for any machine", () => task('"cpuCores":1e400'), 400, "FL4001"],
    ["a negative resource", () => task('"cpuCores":-1'), 400, "FL4001"],
    ["a negative amount of memory", () => task('"memoryBytes":-1'), 400, "FL4001"],
    ["half a byte", () => task('"memoryBytes":1.5'), 400, "FL4001"],
    ["a task with 1,000 arguments", () => JSON.stringify({ command: Array(1_000).fill("x") }), 400, "FL4001"],
    ["nesting of 100,000 levels", () => task(`"labels":${"[".repeat(100_000)}${"]".repeat(100_000)}`), 400, "FL4001"],
    ["a body that is a list", () => "[]", 400, "FL4001"],
    ["a body that ends too early", () => '{"command":', 400, "FL4018"],
    ["bytes that are not UTF-8", () => Buffer.from('{"command":["\xff\xfe"]}', "latin1"), 400, "FL4018"],
    ["a key that reaches for the prototype", () => task('"__proto__":{"polluted":1}'), 400, "FL4001"],
  ])("answers %s with its code", async (_what, body, status, code) => {
    expect(await post(body())).toMatchObject({ status, code });
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  it("names the nearest field for one that does not exist", async () => {
    const { body } = await post(task('"comand":["true"]'));
    expect(JSON.parse(body).errors).toEqual([{ path: "comand", message: 'there is no field "comand"', remedy: 'Did you mean "command"?' }]);
  });

  it("takes the last of two equal keys, as JSON.parse does", async () => {
    const { status, body } = await post('{"command":["false"],"command":["true"],"node":"this-machine"}');
    expect([status, JSON.parse(body).spec.command]).toEqual([200, ["true"]]);
  });

  it.each([
    ["another content type", { "content-type": "text/plain" }, 400, "FL4018"],
    ["a content length that is no number", { "content-length": "ten" }, 400, "FL4018"],
    ["two ways to tell the length", { "transfer-encoding": "chunked" }, 400, "FL4018"],
    ["a head of 100 kB", { "x-long": "x".repeat(100_000) }, 431, "FL4018"],
    ["a wrong token", { authorization: "Bearer fogline_wrong" }, 401, "FL4002"],
    ["no token", { authorization: "" }, 401, "FL4002"],
    ["an idempotency key without end", { "idempotency-key": "k".repeat(1_000) }, 400, "FL4001"],
  ])("answers %s with its code", async (_what, headers, status, code) => {
    expect(await post(task('"node":"this-machine"'), headers)).toMatchObject({ status, code });
  });

  it("answers what is not HTTP at all", async () => {
    expect(await sendRaw(httpPort, "\x16\x03\x01 hello\r\n\r\n")).toMatchObject({ status: 400, code: "FL4018" });
  });

  it("answers a client that never completes its head, and closes", async () => {
    expect(await sendRaw(httpPort, "GET /api/nodes HTTP/1.1\r\nhost: 127.0.0.1\r\n")).toMatchObject({ status: 408, code: "FL4018" });
  });

  it("answers a client that never completes its body, and closes", async () => {
    const complete = requestBytes(hub.token, task('"node":"this-machine"'));
    expect(await sendRaw(httpPort, complete.subarray(0, -5))).toMatchObject({ status: 408, code: "FL4018" });
  });

  it.each([
    "/../../../../../../etc/passwd",
    "/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "/..%2f..%2f..%2f..%2fetc/passwd",
    "/assets/../../../admin.token",
    "//etc/passwd",
    "/\\..\\..\\etc\\passwd",
    "/%00",
    "/%zz",
  ])("gives nothing away for the path %s", async (path) => {
    const { status, body } = await sendRaw(httpPort, requestBytes(hub.token, "", { "content-length": "0" }, `GET ${path}`));
    expect([400, 403, 404]).toContain(status);
    expect(body).not.toContain("root:");
    expect(body).not.toContain(hub.token);
  });
});

describe("the agents' port", () => {
  let own: Shown;
  const pi = (node = "pi-1", shown = own) => ({ node, shown });
  beforeAll(async () => {
    own = await enrolDevice((await hub.client.call(createEnrolment, { id: "pi-1" })).token);
  });
  const refusals = (texts: readonly string[]) => texts.map((text) => JSON.parse(text)).map(({ type, code }) => [type, code]);

  it.each([
    ["a plain request", "GET /agent?node=pi-1 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", 426, "FL4018"],
    ["what is not HTTP", "hello\r\n\r\n", 400, "FL4018"],
    ["a head of 100 kB", `GET /agent HTTP/1.1\r\nx: ${"x".repeat(100_000)}\r\n\r\n`, 431, "FL4018"],
    ["a head that is never completed", "GET /agent HTTP/1.1\r\n", 408, "FL4018"],
  ])("answers %s with its code", async (_what, bytes, status, code) => {
    expect(await sendRawTls(agentPort, bytes)).toMatchObject({ status, code });
  });

  it.each([
    ["an opcode that does not exist", () => webSocketFrame("x", { opcode: 3 }), 1002],
    ["a frame that is not masked", () => webSocketFrame("{}", { masked: false }), 1002],
    ["reserved bits", () => webSocketFrame("{}", { reserved: 0x40 }), 1002],
    ["a frame of 1 MB", () => webSocketFrame("x".repeat(1_000_000)), 1009],
    ["a frame that claims 4 GB", () => webSocketFrame("x", { lengthStated: 0xffff_ffff }), 1009],
    ["text that is not UTF-8", () => webSocketFrame(Uint8Array.of(0xff, 0xfe)), 1007],
  ])("closes for %s with the code of the protocol", async (_what, frame, closeCode) => {
    expect(await agentSocket(agentPort, pi(), frame())).toMatchObject({ status: 101, closeCode });
  });

  it.each([
    ["what is not JSON", () => webSocketFrame("hello")],
    ["a list", () => webSocketFrame("[]")],
    ["a frame without a type", () => webSocketFrame("{}")],
    ["a hello that does not fit", () => webSocketFrame('{"type":"hello","protocol":"one"}')],
    ["a heartbeat before the hello", () => webSocketFrame(JSON.stringify({ type: "pong", id: 1 }))],
    ["a binary frame", () => webSocketFrame("{}", { opcode: 2 })],
  ])("refuses %s with FL4018 and closes", async (_what, frame) => {
    const { texts, closeCode } = await agentSocket(agentPort, pi(), frame());
    expect(refusals(texts)).toEqual([["refused", "FL4018"]]);
    expect([1007, 1008]).toContain(closeCode);
  });

  it("closes a connection that says nothing", async () => {
    expect(refusals((await agentSocket(agentPort, pi())).texts)).toEqual([["refused", "FL4018"]]);
  });

  it.each([
    ["somebody without a certificate", () => pi("pi-1", {}), 401],
    ["the certificate of another node", () => pi("pi-2"), 403],
    ["a name that no node can have", () => pi("PI_1"), 400],
  ])("does not open for %s", async (_what, who, status) => {
    expect(await agentSocket(agentPort, who())).toMatchObject({ status });
  });

  it("answers nobody who does not speak TLS", async () => {
    expect(await sendRaw(agentPort, "GET /agent?node=pi-1 HTTP/1.1\r\nhost: x\r\n\r\n")).toMatchObject({ status: 0, body: "" });
  });
});

describe("a task on this machine", () => {
  const ended = async (spec: Omit<Input<(typeof createTask)["request"]>, "node" | "env">) => {
    const mark = randomUUID();
    const { id } = await hub.client.call(createTask, { attemptsMax: 1, env: { FOGLINE_TEST: mark }, ...spec, node: "this-machine" });
    const task = await eventually("the task ends", async () => {
      const now = await hub.client.call(getTask, { id });
      return now.result !== null && now;
    });
    // Its processes name the task in their environment; when it has ended none of them is left.
    await eventually("no process of it is left", () => processesNaming(mark).length === 0);
    return task;
  };

  it("that writes 1 GB is cut at its limit, and costs neither agent nor hub that memory", async () => {
    const task = await ended({ command: ["sh", "-c", "head -c 1000000000 /dev/zero | tr '\\0' x"], outputBytesMax: 1_000, cpuCores: 1 });
    expect(task).toMatchObject({ status: "succeeded", result: { outputTruncated: true, stdout: "x".repeat(1_000) } });
    const agent = processesNaming(hub.dataFolder).find(({ command }) => command.includes("agent"));
    expect(residentBytes(agent?.pid ?? 0)).toBeLessThan(400 * 1024 ** 2);
    expect(residentBytes(hub.child.pid ?? 0)).toBeLessThan(600 * 1024 ** 2);
  });

  // Root without control groups is held by nothing; the agent's page says so.
  const groups = ["/sys/fs/cgroup/pids/cgroup.procs", "/sys/fs/cgroup/cgroup.controllers"];
  it.skipIf(process.getuid?.() === 0 && !groups.some((path) => existsSync(path)))(
    "that starts processes without end is held to its number, and completely gone afterwards",
    async () => {
      const count = "trap '' TERM; n=0; while :; do sleep 1000 & n=$((n+1)); echo $n; done";
      const { result } = await ended({ command: ["sh", "-c", count], processesMax: 50, timeoutMs: 30_000, cpuCores: 1 });
      expect(result).toMatchObject({ outcome: "exited", stderr: expect.stringContaining("fork") });
      expect(Number(result?.stdout.trimEnd().split("\n").at(-1))).toBeLessThan(50);
    },
  );

  it("that ignores SIGTERM is ended all the same when its time is over", async () => {
    const task = await ended({ command: ["sh", "-c", "trap '' TERM; while :; do sleep 0.1; done"], timeoutMs: 200 });
    expect(task).toMatchObject({ status: "failed", result: { outcome: "timed-out" } });
  });

  it("with a program that does not exist says so", async () => {
    const task = await ended({ command: ["no-such-program"] });
    expect(task).toMatchObject({ status: "failed" });
    expect(task.reason).not.toBe("");
  });

  it("may have as many arguments as the contract allows", async () => {
    const task = await ended({ command: ["sh", "-c", "echo $#", "sh", ...Array(252).fill("x")] });
    expect(task.result?.stdout).toBe("252\n");
  });
});

const residentBytes = (pid: number): number => Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) * 1_024;
