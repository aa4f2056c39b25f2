// What runs inside the browser is written in the tests, so these files know its types.
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { findChromium } from "../../scripts/tools.ts";

/** Keeps the browser from calling home: the tests talk to the loopback alone. */
const quietFlags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export const launch = async (): Promise<Browser> => {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error("no Chromium is installed. fix: apt-get install chromium, or name one in FOGLINE_CHROMIUM");
  return chromium.launch({ executablePath, args: quietFlags });
};

export const desktop = { width: 1440, height: 1000 } as const;
export const phone = { width: 390, height: 844 } as const;

/** A page with everything that it complained about: errors, refusals of its content security policy, and requests to elsewhere. */
export const openPage = async (browser: Browser, options: BrowserContextOptions = {}): Promise<{ page: Page; complaints: string[] }> => {
  const context = await browser.newContext({ viewport: desktop, reducedMotion: "reduce", ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (request) => {
    const { hostname, protocol } = new URL(request.url());
    if (hostname !== "127.0.0.1" && protocol !== "data:") complaints.push(`asked ${request.url()}`);
  });
  return { page, complaints };
};

const pictures = join(import.meta.dirname, "screenshots");

/** Keeps a picture for people to look at. On a phone the screen is made as high as the page, so that the bar below is where it belongs. */
export const picture = async (page: Page, name: string): Promise<void> => {
  mkdirSync(pictures, { recursive: true });
  const path = join(pictures, `${name}.png`);
  const { width, height } = page.viewportSize() ?? desktop;
  if (width !== phone.width) return void (await page.screenshot({ path, fullPage: true }));
  await page.setViewportSize({ width, height: await page.evaluate(() => document.documentElement.scrollHeight) });
  await page.screenshot({ path });
  await page.setViewportSize({ width, height });
};
