import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { barriersOf } from "./barriers.ts";
import { bigFleet } from "./big-fleet.ts";
import { picture } from "./browser.ts";
import { certificateAnswers } from "./certificates.ts";
import { metricsOf } from "./histories.ts";
import type { TestHub, World } from "./hub.ts";
import { looks } from "./looks.ts";
import { stateOf } from "./records.ts";
import { says, type VisitOptions, visits } from "./visit.ts";

const visit = visits();
const noPage = "/nowhere";

interface Scene extends VisitOptions {
  readonly name: string;
  readonly sentence: string | RegExp;
  /** What a visitor does before the picture is taken. */
  readonly before?: (page: Page, hub: TestHub) => Promise<unknown>;
}

const thousand = ({ nodes }: World, nowMs: number): void => {
  nodes.clear();
  for (const node of bigFleet(nowMs)) nodes.set(node.id, node);
};

/** Seven minutes of samples, so that the charts have a course. */
const samplesOf = async (page: Page, hub: TestHub): Promise<void> => {
  const state = hub.world.nodes.get("field-laptop")?.state;
  if (state == null) throw new Error("the laptop has a state");
  for (let step = 1; step <= 90; step++) {
    const wave = Math.sin(step / 5) * 0.4 + Math.sin(step / 2) * 0.2;
    await hub.sample(
      "field-laptop",
      stateOf(state.sampledAtMs + step * 5_000, {
        ...state,
        ...{ sampledAtMs: state.sampledAtMs + step * 5_000, cpuPercent: 30 * (1 + wave), temperatureCelsius: 50 + 8 * wave },
        ...{ batteryPercent: 83 + step / 20, networkLatencyMs: 8 * (1.3 + wave) },
        memoryAvailableBytes: Math.round(state.memoryAvailableBytes * (1 + wave / 3)),
      }),
    );
  }
  await page.getByRole("img", { name: /^Battery %, .+ now 88$/ }).waitFor();
};

const scenes: readonly Scene[] = [
  {
    ...{ name: "password-offered", path: "/", sentence: "9 devices, 9 online", declined: false },
    before: (page) => page.getByRole("button", { name: "Set a password" }).click(),
  },
  { name: "topology", path: "/topology#device=jetson-1", sentence: "9 devices at 2 sites" },
  { name: "topology-thousand", path: "/topology", sentence: "1000 devices", change: thousand },
  { name: "topology-site", path: "/topology#site=site-5", sentence: "50 devices of site-5", change: thousand },
  {
    name: "placements",
    path: "/placements",
    sentence: "9 devices used",
    before: (page) => page.locator(".cells").press("ArrowUp"),
  },
  { name: "placements-thousand", path: "/placements#span=7d", sentence: "1000 devices used", change: thousand },
  {
    name: "device",
    path: "/devices/field-laptop",
    sentence: "field-laptop is online",
    answers: certificateAnswers,
    change: ({ nodes }, nowMs) => {
      const node = nodes.get("field-laptop");
      if (node !== undefined) nodes.set("field-laptop", { ...node, metrics: metricsOf(nowMs) });
    },
    before: samplesOf,
  },
  {
    name: "device-away",
    path: "/devices/pi-3",
    sentence: "pi-3 is offline",
    answers: certificateAnswers,
    change: ({ nodes }, nowMs) => {
      const node = nodes.get("pi-3");
      if (node !== undefined)
        nodes.set("pi-3", { ...node, status: "offline", statusSinceMs: nowMs - 720_000, reason: "silent for 90 s: 3 heartbeats missed" });
    },
    before: (page) => page.getByRole("button", { name: "Revoke the certificates of pi-3 …" }).click(),
  },
  { name: "no-page", path: noPage, sentence: "There is no page" },
  {
    name: "search",
    path: "/events",
    sentence: /./,
    before: async (page) => {
      await page.keyboard.press("/");
      await page.keyboard.type("jetson");
      await page.keyboard.press("ArrowDown");
    },
  },
];

describe("the pages of the fleet look right", () => {
  for (const { name, sentence, before, ...options } of scenes) {
    for (const [look, context] of Object.entries(looks)) {
      it(`${name} in ${look}`, async () => {
        const { hub, page, complaints } = await visit({ ...options, context });
        await says(page, sentence);
        await before?.(page, hub);
        await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
        await picture(page, `${name}-${look}`);
        expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBeLessThanOrEqual(0);
        expect(await barriersOf(page)).toEqual([]);
        // The browser says of a page that is not there that it was answered so.
        expect(complaints.filter((text) => options.path !== noPage || !text.includes("404"))).toEqual([]);
      });
    }
  }
});
