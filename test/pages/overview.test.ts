import { describe, expect, it } from "vitest";
import { nodeOf, stateOf, taskOf } from "./records.ts";
import { answer, deviceRow, openButton, says, visits } from "./visit.ts";

const visit = visits();

describe("the sentence on top", () => {
  it("says as text how the fleet is", async () => {
    const { page, complaints } = await visit();
    await says(page, "9 devices, 9 online");
    expect(await answer(page).textContent()).toBe("9 devices, 9 online");
    expect(complaints).toEqual([]);
  });

  it("changes without a reload when a device is suspected, and names it with its reason", async () => {
    const { hub, page } = await visit();
    await says(page, "9 devices, 9 online");
    await page.evaluate(() => document.body.setAttribute("data-loaded", "once"));
    await hub.setNode("pi-2", { status: "suspect", statusSinceMs: Date.now() - 3_000, reason: "its connection was lost: the socket closed" });
    await says(page, /^9 devices, 8 online, 1 suspect \(pi-2: its connection was lost, \d+ s ago\)$/);
    expect(await page.locator("body").getAttribute("data-loaded")).toBe("once");
  });

  it("is told to screen readers without the time, which would make them speak every second", async () => {
    const { hub, page } = await visit();
    await hub.setNode("pi-2", { status: "offline", reason: "silent for 90 s: 3 heartbeats missed" });
    await page.getByRole("status").filter({ hasText: "9 devices, 8 online, 1 offline (pi-2: silent for 90 s)" }).waitFor();
  });

  it("counts a device that is hot or draining as online and names it", async () => {
    const { hub, page } = await visit();
    await hub.setNode("jetson-1", { state: stateOf(Date.now(), { thermalState: "hot", temperatureCelsius: 83 }) });
    await hub.setNode("pi-1", { draining: true });
    await says(page, "9 devices, 9 online, 1 hot (jetson-1: 83 °C), 1 draining (pi-1)");
  });
});

describe("the revision", () => {
  it("is named with its workloads and what is not enforced", async () => {
    const { page } = await visit();
    const revision = page.getByRole("region", { name: "Revision" });
    await revision.getByText("dev runs revision 4f2a91c, applied 14 min ago").waitFor();
    await revision.getByText("gateway 0.1.0").waitFor();
    await page.getByText("2 settings of the tree are not enforced on this machine").click();
    await revision.getByText("processes of one machine share its network").waitFor();
  });

  it("that was refused is named with every reason, beside the one that stays", async () => {
    const { hub, page } = await visit();
    await page.getByRole("region", { name: "Revision" }).waitFor();
    await hub.setGitOps({
      attemptedRevision: "9c0ffee1d7be55aa01f3c2f6d1e0b9a8c7d6e5f4",
      refused: [{ path: "clusters/dev/apps/gateway.yaml", message: "spec.replicas is -1, it must be 0 or more" }],
    });
    const refusal = page.getByRole("alert");
    await refusal.getByText("Revision 9c0ffee was refused, 4f2a91c stays").waitFor();
    await refusal.getByText("spec.replicas is -1, it must be 0 or more").waitFor();
  });
});

describe("live values", () => {
  it("change in place: the row stays the same element at the same position", async () => {
    const { hub, page } = await visit();
    const row = deviceRow(page, "pi-2");
    await row.waitFor();
    await row.evaluate((element) => element.setAttribute("data-seen", "before"));
    const order = () => page.locator(".devices .row").evaluateAll((rows) => rows.map(({ id }) => id));
    const before = await order();
    await hub.sample("pi-2", stateOf(Date.now(), { cpuPercent: 97, temperatureCelsius: 71, thermalState: "hot" }));
    await row.getByText("97", { exact: true }).waitFor();
    expect(await row.getAttribute("data-seen")).toBe("before");
    expect(await order()).toEqual(before);
  });

  it("say by a word, not only by colour, what is too warm and what charges", async () => {
    const { page } = await visit();
    await deviceRow(page, "jetson-1").getByText("warm").waitFor({ state: "attached" });
    await deviceRow(page, "field-laptop").getByRole("img", { name: "charging" }).waitFor();
  });

  it("arrive for a device that joins, and go with one that leaves", async () => {
    const { hub, page } = await visit();
    await says(page, "9 devices");
    hub.world.nodes.set("pi-10", nodeOf("pi-10", Date.now()));
    await hub.setNode("pi-10", {});
    await says(page, "10 devices, 10 online");
    const order = await page.locator(".devices .row").evaluateAll((rows) => rows.map(({ id }) => id));
    expect(order.slice(-4)).toEqual(["device-pi-1", "device-pi-2", "device-pi-3", "device-pi-10"]);
    await hub.removeNode("pi-10");
    await says(page, "9 devices, 9 online");
  });

  it("of a thousand devices are all shown", async () => {
    const { hub, page } = await visit();
    await says(page, "9 devices");
    const nowMs = Date.now();
    const ids = Array.from({ length: 991 }, (_, index) => `pi-${index + 10}`);
    for (const [index, id] of ids.entries()) await hub.announce(nodeOf(id, nowMs, { site: `site-${index % 20}` }));
    await says(page, "1000 devices, 1000 online");
    for (const id of ids) await hub.sample(id, stateOf(Date.now(), { cpuPercent: 99 }));
    await page.waitForFunction(() => {
      const values = [...document.querySelectorAll('.devices td[data-label="CPU %"] .value')];
      return values.filter(({ textContent }) => textContent === "99").length === 991;
    });
  });
});

describe("tasks", () => {
  it("stand newest first, those that run on top and those that wait below them", async () => {
    const { hub, page } = await visit();
    await hub.setTask(taskOf("t-90", Date.now() + 1_000));
    await page.locator('[id="task-t-90"]').waitFor();
    expect(await page.locator(".tasks .row").evaluateAll((rows) => rows.map(({ id }) => id))).toEqual([
      "task-t-90",
      "task-t-81",
      "task-t-82",
      "task-t-80",
      "task-t-79",
    ]);
  });

  it("show where they were placed, with the scores of every candidate and every refusal", async () => {
    const { page } = await visit();
    await openButton(page, "task", "t-81").click();
    const scores = page.getByRole("table", { name: /Candidates/ });
    expect(await scores.getByRole("row").nth(1).getByRole("cell").allTextContents()).toEqual(["×1.20", "×1.00", "1.0", "1.20", "mains"]);
    await scores.getByRole("rowheader", { name: "pi-2, chosen" }).waitFor();
    await page.getByText("gate-phone has 18 % battery and does not charge; tasks need 20 %").waitFor();
    await page.getByText("npx fogline task explain t-81").waitFor();
  });

  it("that wait say why, and what every device answered", async () => {
    const { page } = await visit();
    await openButton(page, "task", "t-82").click();
    await page.locator(".detail").getByText("needs a GPU: 0 of 9 nodes have one free").waitFor();
    await page.getByRole("heading", { name: "Every device refused" }).waitFor();
    await page.getByRole("listitem").filter({ hasText: "jetson-1, jetson-2" }).getByText("task needs 1 GPU, it has 0 of 1 free").waitFor();
  });

  it("that ended show how, and what they wrote", async () => {
    const { page } = await visit();
    await openButton(page, "task", "t-80").click();
    await page.getByRole("heading", { name: "Exited with code 0 on this-machine" }).waitFor();
    expect(await page.locator("pre").textContent()).toBe("Linux fog 6.6.31 x86_64 GNU/Linux\n");
  });
});

describe("many tasks", () => {
  it("are read in parts that can travel, however large one is", async () => {
    const { page } = await visit({
      change: ({ tasks }, nowMs) => {
        const [, , , ended] = [...tasks.values()];
        if (ended?.result == null) return;
        for (let index = 0; index < 30; index++) {
          const id = `big-${index}`;
          tasks.set(id, { ...ended, id, createdAtMs: nowMs + index, result: { ...ended.result, stdout: "x".repeat(40_000) } });
        }
      },
    });
    await page.getByRole("region", { name: "Tasks" }).locator("h2").getByText("34", { exact: true }).waitFor();
  });
});

describe("events", () => {
  it("are sentences, the newest first, with the exact time at hand", async () => {
    const { hub, page } = await visit();
    await hub.setNode("pi-1", { reason: "it answers again" });
    await hub.setNode("pi-2", { status: "offline", reason: "silent for 90 s: 3 heartbeats missed" });
    const events = page.getByRole("list", { name: "Events" }).getByRole("listitem");
    await events.nth(1).waitFor();
    expect(await events.nth(0).textContent()).toContain("error: node pi-2 is offline: silent for 90 s: 3 heartbeats missed");
    expect(await events.nth(1).textContent()).toContain("node pi-1 is online: it answers again");
    expect(await events.nth(0).locator("time").getAttribute("title")).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
  });
});
