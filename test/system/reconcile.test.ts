import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cancelTask, createTask, getGitOps, listTasks } from "@fogline/contracts";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { applied, applyFleet, headOf, instances, refused, restore } from "./testing/commits.ts";
import { eventually } from "./testing/eventually.ts";
import { type HubProcess, removeDataFolder, startHubProcess } from "./testing/hub.ts";
import { makeRepository, type Repository } from "./testing/repository.ts";

const fleetFile = "clusters/fleet.yaml";
const schedulerFile = "clusters/dev/apps/scheduler/deployment-scheduler.yaml";
const all = ["gateway-0 0.1.0", "orchestrator-0 0.1.0", "policy-0 0.1.0", "scheduler-0 0.1.0"];
/** More than any device of the fleet has: a task that needs it waits for as long as it is wanted to. */
const neverPlaced = { command: ["true"], memoryBytes: 2 ** 50 };

/** Without devices: what is looked at here is what the hub itself runs. */
const args = ["--no-simulate", "--no-agent"];

describe("the reconciler of a running hub", () => {
  let repository: Repository;
  let hub: HubProcess;
  let original: string;
  /** Undoes what the test committed, and waits until the hub runs that. */
  const undone = () => applied(hub, restore(repository, original));

  beforeAll(async () => {
    repository = makeRepository();
    original = headOf(repository);
    hub = await startHubProcess({ repository: repository.path, args });
  });
  // Each test starts from the same state, whatever became of the one before.
  beforeEach(async () => {
    await undone();
  });
  afterAll(async () => {
    await hub?.end();
    removeDataFolder(hub?.dataFolder);
    repository?.remove();
  });

  const servicesAre = (expected: readonly string[]) =>
    eventually(`the services are ${expected.join(", ")}`, async () => JSON.stringify(await instances(hub)) === JSON.stringify(expected));

  it("runs every workload of the tree and names each thing that it does not enforce", async () => {
    await servicesAre(all);
    const { workloads, notEnforced, cluster } = await hub.client.call(getGitOps, {});
    expect(cluster).toBe("dev");
    expect(workloads.map(({ name, status }) => `${name} ${status}`)).toEqual([
      "agent running",
      "gateway running",
      "orchestrator running",
      "policy running",
      "scheduler running",
    ]);
    const named = notEnforced.map(({ object, field }) => (field === null ? object : `${object} ${field}`));
    for (const field of ["image", "resources", "livenessProbe", "readinessProbe", "securityContext", "volumeMounts"]) {
      expect(named).toContain(`Deployment fogline/scheduler ${field}`);
    }
    expect(named).toEqual(
      expect.arrayContaining([
        "Namespace fogline",
        "NetworkPolicy fogline/default-deny",
        "PersistentVolumeClaim fogline/scheduler-data",
        "Service fogline/gateway",
        "ServiceAccount fogline/gateway",
        "DaemonSet fogline-nodes/agent env.FOGLINE_AGENT_NODE_ID.valueFrom",
      ]),
    );
    expect(notEnforced.every(({ why }) => why.length > 0)).toBe(true);
  });

  it("applies a new commit", async () => {
    repository.edit(fleetFile, "# Places:", "# The places:");
    const revision = repository.commit("a word");
    const status = await applied(hub, revision);
    expect(status).toMatchObject({ attemptedRevision: revision, refused: [], watching: false });
  });

  it("stops a workload that left the fleet, and starts it again when it is back", async () => {
    repository.edit(fleetFile, /\n {2}policy:\n {4}on: \[dev, cloud\]\n {4}version: 0\.1\.0/, "");
    const without = await applyFleet(hub, repository, "without policy");
    expect(without.workloads.map(({ name }) => name)).not.toContain("policy");
    await servicesAre(all.filter((id) => !id.startsWith("policy")));
    const { workloads } = await undone();
    expect(workloads).toContainEqual(expect.objectContaining({ name: "policy", running: 1, status: "running" }));
    await servicesAre(all);
  });

  it("restarts a workload whose environment changed, and it behaves as the new value says", async () => {
    repository.edit(fleetFile, "tasksPerNodeMax: 4 }", "tasksPerNodeMax: 4, queueMax: 1 }");
    await applyFleet(hub, repository, "a short queue");
    const first = await hub.client.call(createTask, neverPlaced);
    await expect(hub.client.call(createTask, neverPlaced)).rejects.toMatchObject({ code: "FL4012", message: "1 tasks wait, the limit is 1" });
    await undone();
    const second = await hub.client.call(createTask, neverPlaced);
    expect((await hub.client.call(listTasks, { status: "queued" })).tasks.map(({ id }) => id).toSorted()).toEqual([first.id, second.id].toSorted());
    for (const { id } of [first, second]) await hub.client.call(cancelTask, { id });
  });

  it("runs as many replicas of the scheduler as the fleet asks for, and no more than one of what listens", async () => {
    repository.edit(fleetFile, "replicas: 1", "replicas: 2");
    repository.edit(fleetFile, "  gateway:\n    on: [dev, cloud]\n", "  gateway:\n    on: [dev, cloud]\n    replicas: 2\n");
    const { workloads, notEnforced } = await applyFleet(hub, repository, "two replicas");
    expect(workloads).toContainEqual(expect.objectContaining({ name: "scheduler", replicas: 2, running: 2 }));
    expect(workloads).toContainEqual(expect.objectContaining({ name: "gateway", replicas: 1, running: 1 }));
    expect(notEnforced).toContainEqual(expect.objectContaining({ object: "Deployment fogline/gateway", field: "spec.replicas" }));
    await servicesAre([...all, "scheduler-1 0.1.0"]);
    await undone();
    await servicesAre(all);
  });

  it("shows the new version of a workload whose version alone changed", async () => {
    repository.edit(fleetFile, /( {2}scheduler:\n {4}on: \[dev, cloud\]\n {4}version:) 0\.1\.0/, "$1 0.2.0");
    const { workloads } = await applyFleet(hub, repository, "another version");
    expect(workloads).toContainEqual(expect.objectContaining({ name: "scheduler", version: "0.2.0" }));
    await servicesAre(all.map((id) => id.replace("scheduler-0 0.1.0", "scheduler-0 0.2.0")));
    await undone();
    await servicesAre(all);
  });

  const breaks: readonly { readonly what: string; readonly change: () => void; readonly reason: string }[] = [
    { what: "a manifest that is not YAML", change: () => repository.edit(schedulerFile, "kind: Deployment", "kind: ["), reason: "not YAML" },
    {
      what: "a manifest that is missing",
      change: () => rmSync(join(repository.path, schedulerFile)),
      reason: "lists deployment-scheduler.yaml, which does not exist",
    },
    {
      what: "an environment value that the workload does not take",
      change: () => repository.edit(schedulerFile, "value: '4'", "value: '-1'"),
      reason: "TASKS_PER_NODE_MAX",
    },
    {
      what: "replicas that are no number",
      change: () => repository.edit(schedulerFile, "replicas: 1", "replicas: many"),
      reason: "replicas must be a whole number",
    },
    {
      what: "an object that two Kustomizations own",
      change: () => {
        const apps = join(repository.path, "clusters/dev/apps");
        cpSync(join(apps, "gateway/service-gateway.yaml"), join(apps, "policy/service-gateway.yaml"));
        repository.edit("clusters/dev/apps/policy/kustomization.yaml", "resources:\n", "resources:\n  - service-gateway.yaml\n");
      },
      reason: "Service fogline/gateway is in Kustomization",
    },
    {
      what: "a Kustomization that waits for one that does not exist",
      change: () => repository.edit("clusters/dev/flux-system/kustomization-policy.yaml", "name: configs", "name: config"),
      reason: "depends on config, which does not exist",
    },
    { what: "a commit without the fleet file", change: () => rmSync(join(repository.path, fleetFile)), reason: "it has no clusters/fleet.yaml" },
    { what: "a fleet file with a problem", change: () => repository.edit(fleetFile, "fleet: acme", "flet: acme"), reason: "flet" },
  ];

  it.each(breaks)("refuses $what and keeps the last good revision running", async ({ change, reason }) => {
    const { appliedRevision: good } = await hub.client.call(getGitOps, {});
    change();
    const status = await refused(hub, repository.commit("broken"));
    expect(status.appliedRevision).toBe(good);
    expect(status.refused.map(({ path, message }) => `${path}: ${message}`).join("\n")).toContain(reason);
    expect(await instances(hub)).toEqual(all);
    await undone();
  });

  it("runs the last good revision after it was killed, refuses the broken one again, and applies the next good one", async () => {
    const { appliedRevision: good } = await hub.client.call(getGitOps, {});
    repository.edit(schedulerFile, "value: '4'", "value: '-1'");
    const broken = repository.commit("broken");
    await refused(hub, broken);
    await hub.end("SIGKILL");
    hub = await startHubProcess({ repository: repository.path, dataFolder: hub.dataFolder, args });
    expect(hub.ready.revision).toBe(good);
    const status = await refused(hub, broken);
    expect(status.appliedRevision).toBe(good);
    expect(status.refused.map(({ message }) => message).join("\n")).toContain("tasksPerNodeMax");
    await servicesAre(all);
    const next = restore(repository, original);
    expect((await applied(hub, next)).refused).toEqual([]);
  });
});

describe("fogline up --watch", () => {
  let repository: Repository;
  let hub: HubProcess;

  beforeAll(async () => {
    repository = makeRepository();
    hub = await startHubProcess({ repository: repository.path, args: [...args, "--watch"] });
  });
  afterAll(async () => {
    await hub?.end();
    removeDataFolder(hub?.dataFolder);
    repository?.remove();
  });

  it("renders and applies an edited fleet file", async () => {
    repository.edit(fleetFile, "replicas: 1", "replicas: 2");
    await eventually("a second scheduler runs", async () => (await instances(hub)).includes("scheduler-1 0.1.0"));
    expect(readFileSync(join(repository.path, schedulerFile), "utf8")).toContain("replicas: 2");
    expect(await hub.client.call(getGitOps, {})).toMatchObject({ watching: true, refused: [], appliedRevision: expect.stringMatching(/\+disk$/) });
  });

  it.each([
    ["a key that does not exist", "replica: 1", "replica"],
    ["a setting that its workload does not have", "replicas: 2\n    settings: { taskPerNodeMax: 4 }", "taskPerNodeMax"],
  ])("refuses a fleet file with %s, and applies it once that is mended", async (_what, wrong, said) => {
    const path = join(repository.path, fleetFile);
    const good = readFileSync(path, "utf8").replace("replicas: 1", "replicas: 2");
    writeFileSync(path, good);
    await eventually("a second scheduler runs", async () => (await instances(hub)).includes("scheduler-1 0.1.0"));
    writeFileSync(path, good.replace(/replicas: 2(\n {4}settings.*)?/, wrong));
    const status = await eventually("it is refused", async () => {
      const now = await hub.client.call(getGitOps, {});
      return now.refused.length > 0 && now;
    });
    expect(status.refused.map(({ message }) => message).join("\n")).toContain(said);
    expect(await instances(hub)).toContain("scheduler-1 0.1.0");
    writeFileSync(path, good.replace("replicas: 2", "replicas: 1"));
    await eventually("the second scheduler is gone", async () => !(await instances(hub)).includes("scheduler-1 0.1.0"));
    expect((await hub.client.call(getGitOps, {})).refused).toEqual([]);
  });
});
