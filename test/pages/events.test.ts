import { describe, expect, it } from "vitest";
import type { TestHub } from "./hub.ts";
import { says, visits } from "./visit.ts";

const visit = visits();

const happen = async (hub: TestHub): Promise<void> => {
  await hub.setNode("pi-3", { status: "offline", reason: "silent for 90 s: 3 heartbeats missed" });
  await hub.setNode("pi-2", { status: "suspect", reason: "its connection was lost" });
  const task = hub.world.tasks.get("t-81");
  if (task !== undefined) await hub.setTask({ ...task, version: 9 });
};

describe("the page of events", () => {
  it("says what needs attention, and shows what happens as it happens, with the exact time", async () => {
    const { hub, page, complaints } = await visit({ path: "/events" });
    await says(page, "Nothing has happened since the hub started");
    await happen(hub);
    await says(page, /^1 error and 1 warning among 3 events: node pi-3 is offline: silent for 90 s: 3 heartbeats missed, /);
    const row = page.getByRole("row").filter({ hasText: "node pi-3 is offline" });
    expect(await row.textContent()).toMatch(/^\d\d:\d\d:\d\derrorpi-3/);
    expect(await row.getByRole("link", { name: "pi-3" }).getAttribute("href")).toBe("/devices/pi-3");
    expect(complaints).toEqual([]);
  });

  it("is quiet when all is well", async () => {
    const { hub, page } = await visit({ path: "/events" });
    await hub.setNode("pi-3", { reason: "it said hello" });
    await says(page, "Nothing needs attention: 1 event, no warning, no error");
  });

  it("is narrowed by severity and by what it is about, in the address", async () => {
    const { hub, page } = await visit({ path: "/events" });
    await happen(hub);
    await page.getByRole("button", { name: "errors", exact: true }).click();
    await page.getByText("1 of 3 shown").waitFor();
    expect(new URL(page.url()).hash).toBe("#severity=error");
    await page.getByRole("combobox", { name: "About" }).fill("t-81");
    await page.getByText("No event is like that.").waitFor();
    await page.getByRole("button", { name: "Show all events" }).click();
    await page.getByText("task python3 detect.py on pi-2 is running").waitFor();
    expect(new URL(page.url()).hash).toBe("");
  });
});
