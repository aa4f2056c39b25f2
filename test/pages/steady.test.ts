import { describe, expect, it } from "vitest";
import { phone } from "./browser.ts";
import { certificateAnswers } from "./certificates.ts";
import { visits } from "./visit.ts";

const visit = visits();

/** Good by the measure of Core Web Vitals is 0.1; these pages keep half of it. */
const shiftMax = 0.05;

const addresses = ["/", "/topology", "/placements", "/devices/pi-2", "/tasks", "/deployments", "/events", "/gitops", "/audit", "/enrol", "/people"];
const contexts = { "a wide screen": {}, "a phone": { viewport: phone, hasTouch: true, isMobile: true } };

describe("nothing moves under the reader's eyes", () => {
  for (const [name, context] of Object.entries(contexts)) {
    for (const path of addresses) {
      it(`on ${name} while ${path} is loaded`, async () => {
        const { hub, page } = await visit({ context, answers: certificateAnswers });
        // Signed in already, as who opens a page usually is; from here on every shift counts.
        await page.addInitScript(() => {
          const shifts: number[] = [];
          Object.assign(globalThis, { shifts });
          new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) shifts.push((entry as unknown as { value: number }).value);
          }).observe({ type: "layout-shift", buffered: true });
        });
        await page.goto(`${hub.url}${path}`);
        await page.locator("main h1").waitFor();
        await page.locator("main section").first().waitFor();
        await page.waitForLoadState("networkidle").catch(() => undefined);
        await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
        const shifted = await page.evaluate(() => (globalThis as unknown as { shifts: number[] }).shifts.reduce((sum, value) => sum + value, 0));
        expect(shifted).toBeLessThan(shiftMax);
      });
    }
  }
});
