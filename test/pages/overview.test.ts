import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { launch, openPage, phone, picture } from "./browser.ts";
import { openHub, type TestHub } from "./hub.ts";
import { stateOf, taskOf } from "./records.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(async () => {
  await browser.close();
});

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

const open = async (
  options: { change?: Parameters<typeof openHub>[0]; context?: Parameters<typeof openPage>[1]; token?: "admin-token" | "user-token" } = {},
) => {
  const hub = await openHub(options.change);
  stops.push(() => hub.close());
  const { page, complaints } = await openPage(browser, options.context);
  stops.push(() => page.context().close());
  await page.goto(hub.link(options.token));
  await page.getByRole("heading", { level: 1 }).waitFor();
  return { hub, page, complaints };
};

const answer = (page: Page) => page.getByRole("heading", { level: 1 });
const says = (page: Page, text: string | RegExp) => answer(page).filter({ hasText: text }).waitFor();
const row = (page: Page, id: string) => page.locator(`[id="device-${id}"]`);

/** Samples of some minutes, so that the small charts have a course. */
const warmUp = async (hub: TestHub): Promise<void> => {
  const nowMs = Date.now();
  for (let step = 0; step < 60; step++) {
    for (const [index, { id, state }] of [...hub.world.nodes.values()].entries()) {
      if (state === null) continue;
      const wave = Math.sin(step / 5 + index) * 0.4 + Math.sin(step / 2 + index * 3) * 0.2;
      const temperatureCelsius = state.temperatureCelsius === null ? null : state.temperatureCelsius + 5 * wave;
      const cpuPercent = Math.max(1, Math.min(100, state.cpuPercent * (1 + wave)));
      await hub.sample(
        id,
        stateOf(nowMs + 1_000 - (60 - step) * 1_000, { ...state, sampledAtMs: nowMs + 1 + step * 5_000, cpuPercent, temperatureCelsius }),
      );
    }
  }
};

describe("pictures", () => {
  it("are taken", async () => {
    for (const [name, context] of Object.entries({
      light: { colorScheme: "light" },
      dark: { colorScheme: "dark" },
      phone: { colorScheme: "light", viewport: phone, hasTouch: true, isMobile: true },
    } as const)) {
      const { hub, page, complaints } = await open({ context });
      await says(page, "9 devices");
      await warmUp(hub);
      await hub.setNode("pi-3", { status: "suspect", statusSinceMs: Date.now(), reason: "its connection was lost: the socket closed" });
      await says(page, "suspect");
      await page.waitForTimeout(500);
      await picture(page, `overview-${name}`);
      await page.locator('[id="device-pi-2"] button.open').click();
      await page.locator('[id="task-t-81"] button.open').click();
      await picture(page, `opened-${name}`);
      expect(complaints).toEqual([]);
    }
  });
});
