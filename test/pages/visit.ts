import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll } from "vitest";
import { type Answering, answerFor } from "./answering.ts";
import { launch, openPage } from "./browser.ts";
import { openHub, type TestHub, type Token, type World } from "./hub.ts";

export interface Visit {
  readonly hub: TestHub;
  readonly page: Page;
  /** What the browser complained about so far. */
  readonly complaints: readonly string[];
}

export interface VisitOptions {
  /** Changes the hub's world before the page is opened. */
  readonly change?: Parameters<typeof openHub>[0];
  readonly context?: Parameters<typeof openPage>[1];
  /** Whose link is opened; null opens the page without one. */
  readonly token?: Token | null;
  /** The page that is opened, "/" when not said. */
  readonly path?: string;
  /** Whether the offer to set a password, which a link without one brings, was declined before; it was unless said otherwise. */
  readonly declined?: boolean;
  /** Operations that are answered in place of their services. */
  readonly answers?: (world: World, nowMs: number) => readonly Answering[];
}

/** One browser for the file; every visit has its own hub and its own session, both gone after the test. */
export const visits = (): ((options?: VisitOptions) => Promise<Visit>) => {
  let browser: Browser | undefined;
  const stops: (() => Promise<unknown>)[] = [];
  beforeAll(async () => {
    browser = await launch();
  });
  afterEach(async () => {
    for (const stop of stops.splice(0).reverse()) await stop();
  });
  afterAll(async () => {
    await browser?.close();
  });
  return async ({ change, context, token = "admin-token", path = "/", declined = true, answers } = {}) => {
    if (browser === undefined) throw new Error("visits are made in tests");
    const hub = await openHub(change);
    stops.push(() => hub.close());
    const { page, complaints } = await openPage(browser, context);
    stops.push(() => page.context().close());
    const names = declined ? { "admin-token": "ada", "user-token": "uwe" } : null;
    if (names !== null && token !== null) await page.addInitScript((name) => localStorage.setItem("fogline.noPassword", name), names[token]);
    if (answers !== undefined) await answerFor(page, token === "admin-token" ? "admin" : "user", answers(hub.world, Date.now()));
    await page.goto(token === null ? `${hub.url}${path}` : hub.link(token).replace("/#code=", `${path}${path.includes("#") ? "&" : "#"}code=`));
    await answer(page).waitFor();
    return { hub, page, complaints };
  };
};

/** The sentence on top. */
export const answer = (page: Page) => page.getByRole("heading", { level: 1 });
/** Waits until the sentence on top has this text. */
export const says = (page: Page, text: string | RegExp) => answer(page).filter({ hasText: text }).waitFor();
export const deviceRow = (page: Page, id: string) => page.locator(`[id="device-${id}"]`);
export const taskRow = (page: Page, id: string) => page.locator(`[id="task-${id}"]`);
export const detail = (page: Page, id: string) => page.locator(`[id="detail-${id}"]`);
export const openButton = (page: Page, kind: "device" | "task", id: string) => page.locator(`[id="${kind}-${id}"] button.open`);
