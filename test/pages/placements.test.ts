import { describe, expect, it } from "vitest";
import { bigFleet } from "./big-fleet.ts";
import { phone } from "./browser.ts";
import { says, visits } from "./visit.ts";

const visit = visits();

describe("placements", () => {
  it("say how much was used and that tasks moved, and list every move with its reason", async () => {
    const { page, complaints } = await visit({ path: "/placements" });
    await says(page, /^9 devices used \d+ % of their CPU in the last 24 h, jetson-1 most \(\d+ %\); tasks moved 4 times$/);
    const moves = page.getByRole("region", { name: "Moves" });
    const [newest] = await moves.getByRole("row").nth(1).getByRole("cell").allTextContents();
    expect(newest).toMatch(/^2[45] min ago$/);
    await moves.getByText("jetson-1 is hot at 84 C; pi-2 scores 1.9 times as much").waitFor();
    expect(complaints).toEqual([]);
  });

  it("tell of a cell to the keyboard what it is and which task moved why, and open its device", async () => {
    const { page } = await visit({ path: "/placements" });
    const map = page.getByRole("application", { name: "Heat map" });
    await map.focus();
    // headquarters has one device; jetson-1 is the fourth of plant-7.
    for (let step = 0; step < 4; step++) await page.keyboard.press("ArrowDown");
    await map.getByText("jetson-1", { exact: true }).waitFor();
    for (let hour = 0; hour < 24 && (await map.getByText("moved from jetson-1 to pi-2").count()) === 0; hour++)
      await page.keyboard.press("ArrowLeft");
    await map.getByText("python3 detect.py moved from jetson-1 to pi-2: jetson-1 is hot at 84 C").waitFor();
    await page.keyboard.press("Enter");
    await says(page, "jetson-1 is warm");
  });

  it("tell the pointer the same", async () => {
    const { page } = await visit({ path: "/placements" });
    const map = page.getByRole("application", { name: "Heat map" });
    await map.hover({ position: { x: 40, y: 40 } });
    await map.getByText(/^CPU \d+ %$/).waitFor();
    expect(await map.locator(".tip").textContent()).toContain("this-machine");
  });

  it("go back seven days when asked, and the address says so", async () => {
    const { page } = await visit({ path: "/placements" });
    await page.getByRole("button", { name: "7 d" }).click();
    await says(page, "in the last 7 d");
    expect(new URL(page.url()).hash).toBe("#span=7d");
    await page.reload();
    await says(page, "in the last 7 d");
  });

  it("are a table for those who listen, a site at a time", async () => {
    const { page } = await visit({ path: "/placements" });
    await page.getByText("The same as a table").click();
    await page.getByLabel("Site").selectOption("plant-7");
    const table = page.getByRole("region", { name: "CPU % of plant-7 by hour" }).getByRole("table");
    expect(await table.getByRole("row").count()).toBe(9);
    expect(await table.getByRole("row", { name: "gate-phone" }).getByText("–").count()).toBe(5);
  });

  it("paint a thousand devices without a canvas larger than the screen needs", async () => {
    const { page, complaints } = await visit({
      path: "/placements#span=7d",
      change: ({ nodes }, nowMs) => {
        nodes.clear();
        for (const node of bigFleet(nowMs)) nodes.set(node.id, node);
      },
    });
    await says(page, /^1000 devices used/);
    const canvas = page.locator(".cells canvas");
    expect(await canvas.evaluate((element) => (element as HTMLCanvasElement).height)).toBeLessThan(1_500);
    // As a picture an empty canvas is a few hundred letters long.
    const painted = () => canvas.evaluate((element) => (element as HTMLCanvasElement).toDataURL().length > 10_000);
    expect(await painted()).toBe(true);
    await page.evaluate(() => scrollTo(0, 6_000));
    await page.waitForFunction(() => new DOMMatrix(getComputedStyle(document.querySelector(".cells canvas") as Element).transform).f > 5_000);
    expect(await painted()).toBe(true);
    expect(complaints).toEqual([]);
  });
});

describe("a finger", () => {
  it("is told with the first tap what is there, and opens the device with the second", async () => {
    const { page } = await visit({ path: "/placements", context: { viewport: phone, hasTouch: true, isMobile: true } });
    const map = page.getByRole("application", { name: "Heat map" });
    await map.tap({ position: { x: 60, y: 40 } });
    await map.getByText("this-machine", { exact: true }).waitFor();
    expect(new URL(page.url()).pathname).toBe("/placements");
    await map.tap({ position: { x: 60, y: 40 } });
    await says(page, "this-machine is online");
  });
});
