import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { bigFleet } from "./big-fleet.ts";
import type { World } from "./hub.ts";
import { stateOf } from "./records.ts";
import { says, visits } from "./visit.ts";

const visit = visits();
const spot = (page: Page, id: string) => page.locator(`[id="spot-${id}"]`);
const thousand = ({ nodes }: World, nowMs: number): void => {
  nodes.clear();
  for (const node of bigFleet(nowMs)) nodes.set(node.id, node);
};

describe("the topology", () => {
  it("says where something is wrong, and each square says to those who listen who and how it is", async () => {
    const { hub, page, complaints } = await visit({ path: "/topology" });
    await says(page, "9 devices at 2 sites on 4 tiers; not well: plant-7 (1 warm, 1 battery low)");
    expect(await spot(page, "pi-1").getAttribute("aria-label")).toBe("pi-1, plant-7, access-edge, online, performance");
    await hub.setNode("pi-1", { status: "offline", reason: "silent for 90 s: 3 heartbeats missed" });
    await says(page, "1 offline");
    expect(await spot(page, "pi-1").getAttribute("aria-label")).toBe("pi-1, plant-7, access-edge, offline, performance");
    expect(complaints).toEqual([]);
  });

  it("changes in place: a square stays the same element where it was", async () => {
    const { hub, page } = await visit({ path: "/topology" });
    await spot(page, "pi-2").evaluate((element) => element.setAttribute("data-seen", "before"));
    const before = await spot(page, "pi-2").getAttribute("transform");
    await hub.sample("pi-2", stateOf(Date.now(), { thermalState: "hot", temperatureCelsius: 84 }));
    await page.getByRole("option", { name: "pi-2, plant-7, access-edge, hot, performance" }).waitFor();
    expect(await spot(page, "pi-2").getAttribute("data-seen")).toBe("before");
    expect(await spot(page, "pi-2").getAttribute("transform")).toBe(before);
  });

  it("opens a device beside it on a click, draws its links only then, and the address follows", async () => {
    const { page } = await visit({ path: "/topology" });
    await spot(page, "pi-2").waitFor();
    expect(await page.locator(".links path").count()).toBe(0);
    await spot(page, "pi-2").click();
    const beside = page.getByRole("region", { name: "pi-2" });
    await beside.getByText("plant-7 · access-edge · edge-pi").waitFor();
    expect(new URL(page.url()).hash).toBe("#device=pi-2");
    expect(await page.locator(".links .uplink").count()).toBe(1);
    // field-laptop, gate-phone and hall-sensor are in no cluster: pi-1 and pi-3 are its mates.
    expect(await page.locator(".links .mate").count()).toBe(2);
    await page.reload();
    await beside.waitFor();
    await beside.getByRole("link", { name: "Everything about pi-2" }).click();
    await says(page, "pi-2 is online");
  });

  it("shows one site alone, and all of them again", async () => {
    const { page } = await visit({ path: "/topology" });
    await page.locator('[data-site="headquarters"]').click();
    await says(page, "1 device of headquarters on 1 tier; all are well");
    expect(new URL(page.url()).hash).toBe("#site=headquarters");
    expect(await page.getByRole("option").count()).toBe(1);
    await page.keyboard.press("Escape");
    await says(page, "9 devices at 2 sites");
  });

  it("is walked by the arrows: Enter opens beside, Enter again goes to its page, Escape closes", async () => {
    const { page } = await visit({ path: "/topology" });
    const drawing = page.getByRole("listbox", { name: "Devices by tier and site" });
    const active = () => drawing.getAttribute("aria-activedescendant");
    await drawing.press("Home");
    expect(await active()).toBe("spot-this-machine");
    await drawing.press("ArrowDown");
    expect(await active()).toBe("spot-jetson-1");
    await drawing.press("ArrowRight");
    expect(await active()).toBe("spot-jetson-2");
    await drawing.press("Enter");
    await page.getByRole("region", { name: "jetson-2" }).waitFor();
    await drawing.press("Escape");
    await page.getByRole("region", { name: "jetson-2" }).waitFor({ state: "detached" });
    await drawing.press("Enter");
    await drawing.press("Enter");
    await says(page, "jetson-2 is online");
  });

  it("is the same as a list, made only when it is opened", async () => {
    const { page } = await visit({ path: "/topology" });
    await page.getByText("The same as a list").waitFor();
    expect(await page.getByRole("row").count()).toBe(0);
    await page.getByText("The same as a list").click();
    await page.getByRole("row", { name: "jetson-1 metro-edge plant-7 warm performance" }).waitFor();
    expect(await page.getByRole("row").count()).toBe(10);
  });

  it("has no device to show on the first visit, and says how one comes in", async () => {
    const { page } = await visit({ path: "/topology", change: ({ nodes }) => nodes.clear() });
    await says(page, "No devices yet");
    await page.getByRole("link", { name: "Enrol one" }).waitFor();
  });
});

describe("a thousand devices", () => {
  it("are on one screen of 1440 by 1000, and change while somebody looks", async () => {
    const { hub, page, complaints } = await visit({ path: "/topology", change: thousand });
    await says(page, /^1000 devices at 20 sites on 5 tiers; not well: /);
    expect(
      await page
        .locator(".spot")
        .filter({ has: page.locator(".reach") })
        .count(),
    ).toBeGreaterThanOrEqual(1_000);
    const below = await page.evaluate(() => (document.querySelector(".drawing svg")?.getBoundingClientRect().bottom ?? Infinity) - innerHeight);
    expect(below).toBeLessThanOrEqual(0);
    const nowMs = Date.now();
    for (const { id } of bigFleet(nowMs))
      await hub.sample(id, stateOf(nowMs + 5_000, { powerMode: "balanced", thermalState: "warm", temperatureCelsius: 70 }));
    await page.waitForFunction(() => document.querySelectorAll(".drawing .spot.attention.balanced").length > 900);
    expect(complaints).toEqual([]);
  });

  it("have no listener each", async () => {
    const { page } = await visit({ path: "/topology", change: thousand });
    await spot(page, "edge-1").waitFor();
    const session = await page.context().newCDPSession(page);
    const listenersOf = async (selector: string): Promise<number> => {
      const { result } = await session.send("Runtime.evaluate", { expression: `document.querySelector(${JSON.stringify(selector)})` });
      const { listeners } = await session.send("DOMDebugger.getEventListeners", { objectId: result.objectId ?? "" });
      return listeners.length;
    };
    expect(await listenersOf('[id="spot-edge-1"]')).toBe(0);
    expect(await listenersOf(".drawing")).toBeGreaterThan(0);
  });
});
