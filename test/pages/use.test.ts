import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { phone } from "./browser.ts";
import { detail, deviceRow, openButton, says, taskRow, visits } from "./visit.ts";

const visit = visits();
const focused = (page: Page) => page.evaluate(() => document.activeElement?.closest("tr")?.id ?? document.activeElement?.tagName);

describe("a row", () => {
  it("opens in place, the address follows, and a reload shows it open", async () => {
    const { page } = await visit();
    await openButton(page, "device", "pi-2").click();
    await detail(page, "pi-2").getByText("Raspberry Pi 5 Model B").waitFor();
    expect(new URL(page.url()).hash).toBe("#device=pi-2");
    await openButton(page, "task", "t-82").click();
    expect(new URL(page.url()).hash).toBe("#device=pi-2&task=t-82");
    await page.reload();
    await detail(page, "pi-2").waitFor();
    await detail(page, "t-82").waitFor();
    await openButton(page, "device", "pi-2").click();
    await detail(page, "pi-2").waitFor({ state: "detached" });
    expect(new URL(page.url()).hash).toBe("#task=t-82");
  });

  it("leads from a device to what runs there and back, and to the page of the device", async () => {
    const { page } = await visit();
    await openButton(page, "device", "pi-2").click();
    await detail(page, "pi-2").getByRole("button", { name: "t-81.1" }).click();
    await detail(page, "t-81").waitFor();
    await detail(page, "t-81").getByRole("button", { name: "pi-2" }).click();
    await page.waitForFunction(() => document.activeElement?.closest("tr")?.id === "device-pi-2");
    await detail(page, "pi-2").getByRole("link", { name: "Everything about pi-2" }).click();
    await says(page, "pi-2 is online");
    expect(new URL(page.url()).pathname).toBe("/devices/pi-2");
  });

  it("shows markup in what devices and tasks say as the text that it is", async () => {
    const attack = `<img src="/x" onerror="document.title='owned'"><script>document.title='owned'</script>`;
    const { page, complaints } = await visit({
      change: ({ nodes, tasks }) => {
        const node = nodes.get("pi-2");
        const task = tasks.get("t-80");
        if (node !== undefined) nodes.set("pi-2", { ...node, labels: { note: attack }, reason: attack, status: "suspect" });
        if (task?.result != null) tasks.set("t-80", { ...task, reason: attack, result: { ...task.result, stdout: attack } });
      },
    });
    await openButton(page, "device", "pi-2").click();
    await openButton(page, "task", "t-80").click();
    await detail(page, "pi-2").getByText(`note=${attack}`).waitFor();
    expect(await page.locator("pre").textContent()).toBe(attack);
    expect(await page.title()).toBe("Fogline");
    expect(complaints).toEqual([]);
  });
});

describe("the keyboard", () => {
  it("walks: slash searches, arrows move, Enter opens, Escape closes", async () => {
    const { page, complaints } = await visit();
    await says(page, "9 devices");
    await page.keyboard.press("/");
    await page.keyboard.type("jetson");
    await deviceRow(page, "pi-1").waitFor({ state: "detached" });
    await page.getByText("2 of 9 match").waitFor();
    expect(new URL(page.url()).hash).toBe("#find=jetson");
    await page.keyboard.press("Enter");
    expect(await focused(page)).toBe("device-jetson-1");
    await page.keyboard.press("ArrowDown");
    expect(await focused(page)).toBe("device-jetson-2");
    await page.keyboard.press("Enter");
    await detail(page, "jetson-2").waitFor();
    await page.keyboard.press("Escape");
    await detail(page, "jetson-2").waitFor({ state: "detached" });
    expect(await focused(page)).toBe("device-jetson-2");
    await page.keyboard.press("/");
    await page.keyboard.press("Escape");
    await deviceRow(page, "pi-1").waitFor();
    expect(new URL(page.url()).hash).toBe("");
    expect(complaints).toEqual([]);
  });

  it("stops once per table, at the row where it was", async () => {
    const { page } = await visit();
    await openButton(page, "device", "pi-1").focus();
    await page.keyboard.press("Tab");
    expect(await focused(page)).toBe("task-t-81");
    await page.keyboard.press("End");
    expect(await focused(page)).toBe("task-t-79");
    await page.keyboard.press("Shift+Tab");
    expect(await focused(page)).toBe("device-pi-1");
  });

  it("shows where it is", async () => {
    const { page } = await visit();
    await says(page, "9 devices");
    await page.keyboard.press("/");
    await page.keyboard.press("Enter");
    const outline = await deviceRow(page, "this-machine").evaluate((row) => getComputedStyle(row).outlineStyle);
    expect(outline).toBe("solid");
  });
});

describe("draining", () => {
  it("says what will happen, asks once, says what happened, and can be taken back", async () => {
    const { hub, page } = await visit();
    await openButton(page, "device", "pi-2").click();
    const opened = detail(page, "pi-2");
    await opened.getByText("npx fogline device drain pi-2").waitFor();
    await opened.getByRole("button", { name: "Drain pi-2 …" }).click();
    await opened.getByText("pi-2 gets no new tasks, and of the 1 task there those that may move do.").waitFor();
    expect(hub.world.nodes.get("pi-2")?.draining).toBe(false);
    await opened.getByRole("button", { name: "Drain pi-2", exact: true }).click();
    await opened.getByRole("status").filter({ hasText: "pi-2 drains." }).waitFor();
    expect(hub.world.nodes.get("pi-2")?.draining).toBe(true);
    await deviceRow(page, "pi-2").getByText("online, draining").waitFor();
    await opened.getByText("npx fogline device drain --undo pi-2").waitFor();
    await opened.getByRole("button", { name: "Take pi-2 back …" }).click();
    await opened.getByRole("button", { name: "Take pi-2 back", exact: true }).click();
    await says(page, /^9 devices, 9 online$/);
  });

  it("that the hub refuses says so and changes nothing", async () => {
    const { hub, page } = await visit();
    await openButton(page, "device", "pi-2").click();
    const opened = detail(page, "pi-2");
    hub.world.nodes.delete("pi-2");
    await opened.getByRole("button", { name: "Drain pi-2 …" }).click();
    await opened.getByRole("button", { name: "Drain pi-2", exact: true }).click();
    await opened.getByText('Nothing changed: no node "pi-2" (FL4004).').waitFor();
  });

  it("is offered to admins only, and says so to others", async () => {
    const { page } = await visit({ token: "user-token" });
    await openButton(page, "device", "pi-2").click();
    const opened = detail(page, "pi-2");
    expect(await opened.getByRole("button", { name: "Drain pi-2 …" }).isDisabled()).toBe(true);
    await opened.getByText("Only an admin may do this; you are signed in as user.").waitFor();
  });
});

describe("a phone", () => {
  it("shows everything in one column, without scrolling sideways", async () => {
    const { page } = await visit({ context: { viewport: phone, hasTouch: true, isMobile: true } });
    await says(page, "9 devices");
    const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(await overflow()).toBe(0);
    await openButton(page, "device", "pi-2").tap();
    await taskRow(page, "t-81").tap();
    await detail(page, "t-81").waitFor();
    expect(await overflow()).toBe(0);
  });
});

describe("the page", () => {
  it("is as high as what it shows, however many events there were", async () => {
    const { hub, page } = await visit();
    for (let index = 0; index < 80; index++) await hub.setNode("pi-2", { status: "offline", reason: `silent for ${index} s` });
    await page.getByRole("list", { name: "Events" }).getByText("silent for 79 s").waitFor();
    const below = await page.evaluate(
      () => document.documentElement.scrollHeight - (document.querySelector("main")?.getBoundingClientRect().bottom ?? 0),
    );
    expect(below).toBeLessThanOrEqual(1);
  });

  it("leads from an event to its task, which it calls by its command", async () => {
    const { hub, page } = await visit();
    const task = hub.world.tasks.get("t-81");
    if (task === undefined) throw new Error("there is a task t-81");
    await hub.setTask({ ...task, version: 2, reason: "moved" });
    const event = page.getByRole("list", { name: "Events" }).getByRole("listitem").first();
    expect(await event.textContent()).toContain("task python3 detect.py on pi-2 is running: moved");
    await event.getByRole("button").click();
    await detail(page, "t-81").waitFor();
  });
});
