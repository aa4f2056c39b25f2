import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { getTask, listNodes } from "@fogline/contracts";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { installed, fogline as run, type Said } from "./testing/cli.ts";
import { eventually } from "./testing/eventually.ts";
import { type HubProcess, makeDataFolder, removeDataFolder, startHubProcess } from "./testing/hub.ts";
import { makeRepository, type Repository } from "./testing/repository.ts";

const fleetFile = "clusters/fleet.yaml";
const colour = "\u001B[";

let repository: Repository;
let original: string;

beforeAll(() => {
  repository = makeRepository();
  original = readFileSync(join(repository.path, fleetFile), "utf8");
});
afterAll(() => repository?.remove());

const task = (said: Said) =>
  (said.json() as { task: { id: string; status: string; result: { stdout: string } | null; spec: { command: string[] } } }).task;
const error = (said: Said) => (said.json() as { error: { code: string | null; message: string; remedy: string | null } }).error;

describe("commands of the repository", () => {
  const fogline = (...args: string[]) => run(["--repo", repository.path, ...args]);

  afterEach(() => {
    writeFileSync(join(repository.path, fleetFile), original);
    repository.render();
  });

  it("check is quiet and fine when all is well", () => {
    const { status, stdout, stderr } = fogline("check");
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^4 clusters, \d+ objects, \d+\.\d s: 0 errors, 0 warnings\n$/);
    expect(fogline("check", "--json").json()).toMatchObject({ findings: [], clusters: 4, devices: 9 });
  });

  it("check names file, line, value and remedy of every problem, and ends with 1", () => {
    repository.edit(fleetFile, "edge-pi: { site: plant-7,", "edge-pi: { site: plant-8,");
    repository.edit(fleetFile, "field-laptop: { site: plant-7, hardware: laptop }", "field-laptop: { site: plant-7, hardware: lap }");
    const { status, stdout } = fogline("check");
    expect(status).toBe(1);
    expect(stdout).toMatch(/^edge-pi {3}FL1030 {2}error {2}there is no site plant-8$/m);
    expect(stdout).toMatch(/^ {25}clusters\/fleet\.yaml:29:\d+ {2}clusters\.edge-pi\.site$/m);
    expect(stdout).toMatch(/^ {25}fix: Write plant-7\. {2}\(docs\/errors\.md#fl1030\)$/m);
    expect(stdout).toMatch(/^fleet {5}FL1033 {2}error {2}there is no hardware profile lap$/m);
    expect(stdout).toMatch(/: 2 errors, 0 warnings\n$/);
    const { findings } = fogline("check", "--json").json() as { findings: { code: string; place: { file: string; line: number } }[] };
    expect(findings.map(({ code, place }) => [code, place.file])).toEqual([
      ["FL1030", fleetFile],
      ["FL1033", fleetFile],
    ]);
  });

  it("uses colours with FORCE_COLOR and never in JSON or away from a terminal", () => {
    repository.edit(fleetFile, "hardware: laptop", "hardware: lap");
    expect(fogline("check").stdout).not.toContain(colour);
    expect(run(["--repo", repository.path, "check"], { FORCE_COLOR: "1" }).stdout).toContain(colour);
    expect(run(["--repo", repository.path, "check", "--json"], { FORCE_COLOR: "1" }).stdout).not.toContain(colour);
  });

  it("render writes what differs, and --check names the file and line of every difference", () => {
    repository.edit(fleetFile, "replicas: 1", "replicas: 2");
    const check = fogline("render", "--check");
    expect(check.status).toBe(1);
    expect(check.stdout).toMatch(/^dev {7}FL3001 {2}error {2}clusters\/dev\/apps\/scheduler\/deployment-scheduler\.yaml differs/m);
    expect(check.stdout).toMatch(/clusters\/dev\/apps\/scheduler\/deployment-scheduler\.yaml:14$/m);
    expect(check.stdout).toMatch(/fix: run `fogline render` and commit the result\n$/);
    const written = fogline("render", "--json");
    expect(written.json()).toMatchObject({
      written: expect.arrayContaining(["clusters/dev/apps/scheduler/deployment-scheduler.yaml"]),
      // Two replicas share a database elsewhere.
      removed: ["clusters/cloud/apps/scheduler/persistentvolumeclaim-scheduler-data.yaml"],
    });
    expect(fogline("render", "--check")).toMatchObject({ status: 0, stdout: expect.stringMatching(/^\d+ files are what the fleet renders\n$/) });
    rmSync(join(repository.path, "clusters/dev/configs/kustomization.yaml"));
    expect(fogline("render", "--check").stdout).toContain("clusters/dev/configs/kustomization.yaml is missing");
  });

  it("render removes the tree of a cluster that left the fleet, and no folder that it did not make", () => {
    mkdirSync(join(repository.path, "clusters/notes"));
    writeFileSync(join(repository.path, "clusters/notes/README.md"), "Mine.\n");
    repository.edit(fleetFile, /^ {2}cloud: .*\n/m, "");
    repository.edit(fleetFile, /\[dev, cloud\]/g, "dev");
    repository.edit(fleetFile, /^ {2}nats:\n( {4}.*\n)+/m, "");
    expect(fogline("render", "--check").stdout).toContain("clusters/cloud/flux-system/kustomization.yaml is there but the fleet does not render it");
    const { removed } = fogline("render", "--json").json() as { removed: string[] };
    expect(removed.length).toBeGreaterThan(20);
    expect(removed.every((path) => path.startsWith("clusters/cloud/"))).toBe(true);
    expect(readFileSync(join(repository.path, "clusters/notes/README.md"), "utf8")).toBe("Mine.\n");
    rmSync(join(repository.path, "clusters/notes"), { recursive: true });
  });

  it("render --cluster writes what belongs to that cluster and its devices alone", () => {
    repository.edit(fleetFile, "domain: edge.acme.example", "domain: other.acme.example");
    const { written } = fogline("render", "--cluster", "edge-pi", "--json").json() as { written: string[] };
    expect(written.some((path) => path.startsWith("clusters/edge-pi/"))).toBe(true);
    expect(written.filter((path) => !/^(clusters\/edge-pi|bootstrap\/generated\/pi-[123])\//.test(path))).toEqual([]);
    expect(fogline("render", "--check", "--cluster", "edge-pi").status).toBe(0);
    expect(fogline("render", "--check").status).toBe(1);
    expect(fogline("render", "--cluster", "edge-py").stderr).toContain("did you mean edge-pi?");
  });

  it("render writes nothing for a fleet with a problem", () => {
    repository.edit(fleetFile, "tasksPerNodeMax: 4", "taskPerNodeMax: 4");
    const { status, stdout } = fogline("render");
    expect(status).toBe(1);
    expect(stdout).toContain("FL3004");
    expect(stdout).toContain("tasksPerNodeMax");
    writeFileSync(join(repository.path, fleetFile), original);
    expect(fogline("render", "--check").status).toBe(0);
  });

  it("fleet show lists every device with where it is declared", () => {
    const { status, stdout } = fogline("fleet", "show");
    expect(status).toBe(0);
    expect(stdout).toContain("acme: 2 sites, 4 clusters, 9 devices, 8 workloads\n");
    expect(stdout).toMatch(/pi-1 .* edge-pi .* pi-5-8 .* clusters\/fleet\.yaml:38/);
    const { fleet } = fogline("fleet", "show", "--json").json() as { fleet: { devices: { id: string }[] } };
    expect(fleet.devices).toHaveLength(9);
  });

  it("fleet add-device keeps every comment and line of the file", () => {
    const added = fogline("fleet", "add-device", "pi-9", "--hardware", "pi-5-8", "--cluster", "edge-pi");
    expect(added).toMatchObject({ status: 0, stdout: "added pi-9 to clusters/fleet.yaml. next: fogline render, then commit\n" });
    const lines = readFileSync(join(repository.path, fleetFile), "utf8").split("\n");
    expect(lines.filter((line) => !line.includes("pi-9")).join("\n")).toBe(original);
    expect(lines.filter((line) => line.includes("pi-9"))).toHaveLength(1);
    expect(fogline("check", "--json").json()).toMatchObject({ devices: 10 });
  });

  it("fleet add-device --dry-run prints the file and leaves it", () => {
    expect(fogline("fleet", "add-device", "pi-9", "--hardware", "pi-5-8", "--cluster", "edge-pi", "--dry-run").stdout).toContain("pi-9:");
    expect(readFileSync(join(repository.path, fleetFile), "utf8")).toBe(original);
  });

  it.each([
    ["hardware that does not exist", ["pi-9", "--hardware", "pi-5-9", "--cluster", "edge-pi"], "FL1033"],
    ["a device that exists", ["pi-1", "--hardware", "pi-5-8", "--cluster", "edge-pi"], "pi-1"],
    ["an address that is taken", ["pi-9", "--hardware", "pi-5-8", "--cluster", "edge-pi", "--address", "10.7.1.1"], "FL1044"],
    ["a name that no host can have", ["PI_9", "--hardware", "pi-5-8", "--cluster", "edge-pi"], "FL1014"],
  ])("fleet add-device refuses %s and leaves the file", (_what, args, said) => {
    const { status, stdout } = fogline("fleet", "add-device", ...args);
    expect(status).toBe(1);
    expect(stdout).toContain(said);
    expect(readFileSync(join(repository.path, fleetFile), "utf8")).toBe(original);
  });

  it("doctor says what is there, and of what is missing what it is needed for", () => {
    const { status, stdout } = fogline("doctor");
    expect(status).toBe(0);
    expect(stdout).toMatch(/^ {2}ok {4}node 24\.\d+\.\d+ {3}git 2\.\d+\.\d+ {3}fleet clusters\/fleet\.yaml \(4 clusters, 9 devices\)/m);
    const { checks } = fogline("doctor", "--json").json() as { checks: { subject: string; state: string }[] };
    expect(checks.map(({ subject }) => subject)).toEqual(expect.arrayContaining(["node", "git", "fleet", "docker"]));
  });

  it("doctor ends with 1 where npm start would not work", () => {
    repository.edit(fleetFile, "fleet: acme", "flet: acme");
    const { status, stdout } = fogline("doctor");
    expect(status).toBe(1);
    expect(stdout).toMatch(/^ {2}bad {3}fleet \d problems: see `fogline check`$/m);
  });
});

describe("usage", () => {
  it.each([
    ["an unknown command", ["bogus"], "unknown command 'bogus'"],
    ["an unknown option", ["check", "--fast"], "unknown option '--fast'"],
    ["a missing argument", ["task", "run"], "missing required argument 'command'"],
    ["a missing option", ["fleet", "add-device", "pi-9"], "--hardware"],
    ["a value that cannot be read", ["task", "run", "--memory", "much", "--", "true"], "write it like 256MiB"],
    ["a word that is not one of the allowed ones", ["task", "list", "--status", "done"], "Allowed choices are"],
  ])("of %s ends with 2 and says what is wrong", (_what, args, said) => {
    const text = run(args);
    expect([text.status, text.stdout]).toEqual([2, ""]);
    expect(text.stderr).toContain(said);
    const json = run([...args.slice(0, 1), "--json", ...args.slice(1)]);
    expect([json.status, error(json).message]).toEqual([2, expect.stringContaining(said)]);
  });

  it("--version and --help end with 0", () => {
    expect(run(["--version"])).toMatchObject({ status: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
    expect(run(["--help"])).toMatchObject({ status: 0, stdout: expect.stringContaining("fogline [options] [command]") });
  });

  it("is the same under the Node that the system has", () => {
    expect(installed(["--version"])).toMatchObject({ status: 0, stdout: run(["--version"]).stdout, stderr: "" });
    expect(installed(["check"])).toMatchObject({ status: 0, stdout: expect.stringContaining("0 errors") });
    expect(installed(["bogus"]).status).toBe(2);
    expect(installed(["--url", "http://127.0.0.1:9", "task", "list"]).status).toBe(3);
  });

  it("outside of a repository says where to go and ends with 3", () => {
    const folder = makeDataFolder();
    const { status, stderr } = run(["check"], {}, folder);
    expect(status).toBe(3);
    expect(stderr).toMatch(/^FL3013 {2}.* has no clusters\/fleet\.yaml$/m);
    expect(stderr).toContain("fix: go to the repository of your fleet");
    removeDataFolder(folder);
  });
});

describe("commands of the hub, without one", () => {
  const commands = [
    ["device", "list"],
    ["device", "drain", "pi-1"],
    ["device", "simulate", "pi-1", "--temperature", "80"],
    ["task", "run", "--", "true"],
    ["task", "list"],
    ["task", "show", "t"],
    ["task", "explain", "t"],
    ["task", "cancel", "t"],
  ];

  it.each(commands.map((args) => [args.join(" "), args] as const))("fogline %s ends with 3 and says how to start one", (_name, args) => {
    const folder = makeDataFolder();
    const said = run(["--data", folder, ...args]);
    expect([said.status, said.stdout]).toEqual([3, ""]);
    expect(said.stderr).toContain("FL4002");
    expect(said.stderr).toContain("start the hub here with `npm start`");
    removeDataFolder(folder);
  });

  it("says so when nothing listens there", async () => {
    const server = createServer();
    const port = await new Promise<number>((resolve) => server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port)));
    await new Promise((resolve) => server.close(resolve));
    const said = run(["--json", "--url", `http://127.0.0.1:${port}`, "task", "list"], { FOGLINE_TOKEN: "token" });
    expect([said.status, error(said).code]).toEqual([3, "FL4009"]);
    expect(error(said).remedy).toContain("npm start");
  });
});

describe("commands of the hub", () => {
  let hub: HubProcess;

  beforeAll(async () => {
    hub = await startHubProcess({ repository: repository.path });
  });
  afterAll(async () => {
    await hub?.end();
    removeDataFolder(hub?.dataFolder);
  });

  const fogline = (...args: string[]) => run(["--data", hub.dataFolder, ...args]);
  const becomes = (id: string, status: string) =>
    eventually(`${id} is ${status}`, async () => (await hub.client.call(getTask, { id })).status === status);

  it("device list shows every device with its state", () => {
    const { status, stdout } = fogline("device", "list");
    expect(status).toBe(0);
    expect(stdout).toMatch(/^9 devices, 9 online\n/);
    expect(stdout).toMatch(/^ {2}pi-1 \(simulated\) +plant-7 +pi-5-8 +online/m);
    expect(stdout).toMatch(/^ {2}this-machine +headquarters +detected +online/m);
    const { devices } = fogline("device", "list", "--json").json() as { devices: { id: string }[] };
    expect(devices).toHaveLength(9);
  });

  it("finds the hub by its URL and token as well", () => {
    const environment = { FOGLINE_URL: hub.url, FOGLINE_TOKEN: hub.token };
    expect(run(["device", "list"], environment).stdout).toMatch(/^9 devices/);
    const wrong = run(["--json", "device", "list"], { ...environment, FOGLINE_TOKEN: "wrong" });
    expect([wrong.status, error(wrong).code]).toEqual([3, "FL4002"]);
  });

  it("task run passes both streams through and ends with 0", () => {
    expect(fogline("task", "run", "--on", "this-machine", "--", "sh", "-c", "echo out; echo err >&2")).toMatchObject({
      status: 0,
      stdout: "out\n",
      stderr: "err\n",
    });
  });

  it("task run ends with 1 when the task failed, after its output, and says why", () => {
    const { status, stdout, stderr } = fogline("task", "run", "--on", "this-machine", "--", "sh", "-c", "echo out; echo err >&2; exit 7");
    expect([status, stdout]).toEqual([1, "out\n"]);
    expect(stderr).toMatch(/^err\nfailed {2}\S+: exited with code 7 on this-machine\n/);
  });

  it.each([
    ["before the command", ["--json", "task", "run", "--on", "this-machine", "--", "echo", "--json"]],
    ["between its words", ["task", "--json", "run", "--on", "this-machine", "--", "echo", "--json"]],
    ["after it", ["task", "run", "--on", "this-machine", "--json", "--", "echo", "--json"]],
  ])("takes --json %s, and leaves what follows -- to the task", (_where, args) => {
    const said = fogline(...args);
    expect(said.status).toBe(0);
    expect(task(said)).toMatchObject({ status: "succeeded", result: { stdout: "--json\n" }, spec: { command: ["echo", "--json"] } });
  });

  it("task run --detach answers at once; show, explain and list know the task afterwards", async () => {
    const detached = fogline("task", "run", "--detach", "--on", "this-machine", "--", "echo", "hello");
    expect(detached.status).toBe(0);
    const [id = ""] = detached.stdout.split(" ");
    await becomes(id, "succeeded");
    const shown = fogline("task", "show", id);
    expect(shown.stdout).toMatch(new RegExp(`^${id} succeeded: exited with code 0 on this-machine\n`));
    expect(shown.stdout).toContain("  command   echo hello\n");
    expect(shown.stdout).toContain("  outcome   exited 0\n");
    expect(task(fogline("task", "show", "--json", id)).id).toBe(id);
    expect(fogline("task", "list").stdout).toMatch(new RegExp(`^  ${id} +succeeded +this-machine +1 +echo hello`, "m"));
    expect((fogline("task", "list", "--limit", "1", "--json").json() as { tasks: unknown[] }).tasks).toHaveLength(1);
  });

  it("task explain says where the task is and since when, the scores by part, who was refused, and what comes next", async () => {
    const running = fogline("task", "run", "--detach", "--gpu", "--", "sleep", "600");
    const [id = ""] = running.stdout.split(" ");
    await becomes(id, "running");
    const { status, stdout } = fogline("task", "explain", id);
    expect(status).toBe(0);
    expect(stdout).toMatch(new RegExp(`^${id} runs on jetson-[12] since \\d\\d:\\d\\d:\\d\\d \\(score \\d+\\.\\d\\)\n`));
    expect(stdout).toMatch(/^ +compute +power +gpu +heat +total$/m);
    expect(stdout).toMatch(/^ {2}jetson-1 +\d+\.\d +x\d\.\d\d/m);
    expect(stdout).toMatch(/^ {2}refused: 7$/m);
    expect(stdout).toMatch(/^ {4}.*pi-1, pi-2, pi-3.*: task needs 1 GPU, it has none$/m);
    expect(stdout).toMatch(/^ {2}if jetson-[12] fails: jetson-[12]$/m);
    expect(fogline("task", "explain", "--json", id).json()).toMatchObject({ task: { id }, ifNodeFails: expect.stringMatching(/^jetson-/) });
    expect(fogline("task", "cancel", id)).toMatchObject({ status: 0 });
    await becomes(id, "cancelled");
  });

  it("device drain keeps tasks away until --undo", async () => {
    expect(fogline("device", "drain", "pi-1").stdout).toContain("undo: fogline device drain --undo pi-1");
    expect(fogline("device", "list").stdout).toMatch(/^ {2}pi-1 .* online, draining/m);
    expect(fogline("device", "drain", "--undo", "pi-1", "--json").json()).toMatchObject({ device: { id: "pi-1", draining: false } });
  });

  it("device simulate changes what a simulated device senses, and refuses a real one", async () => {
    expect(fogline("device", "simulate", "pi-2", "--temperature", "71").stdout).toBe(
      "pi-2: temperature 71 C, CPU 3 %, 6144 MiB free, latency 60 ms, clock running, link up\n",
    );
    await eventually("it is reported", async () => {
      const { nodes } = await hub.client.call(listNodes, {});
      return nodes.find(({ id }) => id === "pi-2")?.state?.temperatureCelsius === 71;
    });
    const { status, stderr } = fogline("device", "simulate", "this-machine", "--temperature", "71");
    expect([status, stderr]).toEqual([3, expect.stringContaining('"this-machine" is not a simulated device of this hub')]);
  });

  it.each([
    ["a task", ["task", "show", "nope"], 'no task "nope"'],
    ["a task to explain", ["task", "explain", "nope"], 'no task "nope"'],
    ["a device", ["device", "drain", "nope"], 'no node "nope"'],
  ])("says that %s does not exist", (_what, args, message) => {
    const { status, stderr } = fogline(...args);
    expect([status, stderr]).toEqual([3, expect.stringMatching(new RegExp(`^FL4004  ${message}`))]);
  });

  it("names the field of a task that the hub does not take", () => {
    const { status, stderr } = fogline("task", "run", "--priority", "11", "--", "true");
    expect(status).toBe(1);
    expect(stderr).toContain("FL4001");
    expect(stderr).toContain("priority");
  });
});
