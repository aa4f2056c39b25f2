import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { phone, picture } from "./browser.ts";
import type { TestHub } from "./hub.ts";
import { stateOf } from "./records.ts";
import { openButton, says, visits } from "./visit.ts";

const visit = visits();

const looks = {
  light: { colorScheme: "light" },
  dark: { colorScheme: "dark" },
  phone: { colorScheme: "light", viewport: phone, hasTouch: true, isMobile: true },
} as const;

/** Five minutes of samples, so that the small charts have a course, and one device that lost its connection. */
const live = async (hub: TestHub, page: Page): Promise<void> => {
  const nowMs = Date.now();
  for (let step = 1; step <= 60; step++) {
    for (const [index, { id, state }] of [...hub.world.nodes.values()].entries()) {
      if (state === null) continue;
      const wave = Math.sin(step / 5 + index) * 0.4 + Math.sin(step / 2 + index * 3) * 0.2;
      const temperatureCelsius = state.temperatureCelsius === null ? null : state.temperatureCelsius + 8 * wave;
      const cpuPercent = Math.min(100, state.cpuPercent * (1 + wave));
      await hub.sample(id, stateOf(nowMs, { ...state, sampledAtMs: nowMs + step * 5_000, cpuPercent, temperatureCelsius }));
    }
  }
  await hub.setNode("field-laptop", { reason: "it said hello" });
  await hub.setNode("pi-3", { status: "suspect", statusSinceMs: nowMs - 3_000, reason: "its connection was lost: the socket closed" });
  await says(page, "1 suspect");
};

/** Every visible text whose contrast with what is behind it is below WCAG's AA for small text, as "ratio text". */
const faintTexts = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const rgbOf = (color: string): readonly number[] => {
      if (canvas === null) return [];
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = color;
      canvas.fillRect(0, 0, 1, 1);
      return [...canvas.getImageData(0, 0, 1, 1).data];
    };
    const luminance = ([red = 0, green = 0, blue = 0]: readonly number[]): number => {
      const linear = (value: number) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
      return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
    };
    const behind = (element: Element | null): readonly number[] => {
      for (let at = element; at !== null; at = at.parentElement) {
        const color = rgbOf(getComputedStyle(at).backgroundColor);
        if ((color[3] ?? 0) === 255) return color;
      }
      return [255, 255, 255, 255];
    };
    const faint: string[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let text = walker.nextNode(); text !== null; text = walker.nextNode()) {
      const element = text.parentElement;
      if (element === null || text.textContent?.trim() === "" || !element.checkVisibility()) continue;
      const [light = 0, dark = 0] = [luminance(rgbOf(getComputedStyle(element).color)), luminance(behind(element))].sort((a, b) => b - a);
      const ratio = (light + 0.05) / (dark + 0.05);
      if (ratio < 4.5) faint.push(`${ratio.toFixed(2)} ${text.textContent}`);
    }
    return faint;
  });

describe("the pages look right", () => {
  for (const [name, context] of Object.entries(looks)) {
    it(`in ${name}: nothing is faint, and pictures are kept for people to judge`, async () => {
      const { hub, page, complaints } = await visit({ context });
      await says(page, "9 devices");
      await live(hub, page);
      await picture(page, `overview-${name}`);
      expect(await faintTexts(page)).toEqual([]);
      await openButton(page, "device", "pi-2").click();
      await openButton(page, "task", "t-81").click();
      await page.getByText("settings of the tree are not enforced").click();
      await page.getByRole("button", { name: "Drain pi-2 …" }).click();
      await picture(page, `opened-${name}`);
      expect(await faintTexts(page)).toEqual([]);
      await hub.setGitOps({
        attemptedRevision: "9c0ffee1d7be55aa01f3c2f6d1e0b9a8c7d6e5f4",
        refused: [{ path: "clusters/dev/apps/gateway.yaml", message: "spec.replicas is -1, it must be 0 or more" }],
      });
      await page.getByRole("alert").waitFor();
      expect(complaints).toEqual([]);
      await hub.vanish();
      await says(page, "No news");
      await picture(page, `gone-${name}`);
      expect(await faintTexts(page)).toEqual([]);
    });

    it(`in ${name} for the first visit: without a session, without a device`, async () => {
      const { hub, page } = await visit({
        context,
        token: null,
        change: ({ nodes, tasks }) => {
          nodes.clear();
          tasks.clear();
        },
      });
      await says(page, "You are not signed in.");
      await picture(page, `signed-out-${name}`);
      expect(await faintTexts(page)).toEqual([]);
      await page.goto(hub.link());
      await says(page, "No devices yet");
      await picture(page, `empty-${name}`);
      expect(await faintTexts(page)).toEqual([]);
    });
  }
});
