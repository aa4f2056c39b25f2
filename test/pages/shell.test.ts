import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { phone } from "./browser.ts";
import { answer, detail, says, visits } from "./visit.ts";

const visit = visits();
const path = (page: Page) => new URL(page.url()).pathname;
const focusedId = (page: Page) => page.evaluate(() => document.activeElement?.id);
const pages = (page: Page) => page.getByRole("navigation", { name: "Pages", exact: true });

describe("a page", () => {
  it("has an address that opens it, also in another tab, and its name is in the title", async () => {
    const { hub, page, complaints } = await visit({ path: "/topology" });
    await says(page, "9 devices at 2 sites on 4 tiers");
    expect(await page.title()).toBe("Topology · Fogline");
    const other = await page.context().newPage();
    await other.goto(`${hub.url}/devices/pi-2`);
    await says(other, "pi-2 is online");
    expect(await other.title()).toBe("pi-2 · Fogline");
    expect(complaints).toEqual([]);
  });

  it("is followed by a link without a new document, the answer gets the focus, and back goes back", async () => {
    const { page } = await visit();
    await says(page, "9 devices");
    await page.evaluate(() => document.body.setAttribute("data-loaded", "once"));
    await pages(page).getByRole("link", { name: "Topology" }).click();
    await says(page, "on 4 tiers");
    expect(path(page)).toBe("/topology");
    await page.waitForFunction(() => document.activeElement?.id === "answer");
    expect(await pages(page).getByRole("link", { name: "Topology" }).getAttribute("aria-current")).toBe("page");
    await page.goBack();
    await says(page, "9 devices, 9 online");
    expect(await page.locator("body").getAttribute("data-loaded")).toBe("once");
  });

  it("that does not exist says so and where to go", async () => {
    const { page } = await visit({ path: "/nowhere" });
    await says(page, "There is no page /nowhere.");
    await page.getByRole("main").getByRole("link", { name: "overview" }).click();
    await says(page, "9 devices, 9 online");
  });

  it("opens what an old link opens", async () => {
    const { page } = await visit({ path: "/#device=pi-2&task=t-82" });
    await detail(page, "pi-2").waitFor();
    await detail(page, "t-82").waitFor();
  });

  it("whose code cannot be loaded says so and offers to load it anew", async () => {
    const { hub, page } = await visit();
    await says(page, "9 devices");
    const shell = await (await page.request.get(hub.url)).text();
    let gone = true;
    await page.route("**/assets/*.js", (route) =>
      gone && !shell.includes(new URL(route.request().url()).pathname) ? route.abort() : route.continue(),
    );
    await page.goto(`${hub.url}/audit`);
    await says(page, "This page could not be loaded.");
    // Back with the loading anew and not before, or the page could mend itself under the button.
    page.on("request", (request) => {
      if (request.isNavigationRequest()) gone = false;
    });
    await page.getByRole("button", { name: "Load anew" }).click();
    await page.getByRole("heading", { level: 1 }).filter({ hasNotText: "could not be loaded" }).waitFor();
    expect(path(page)).toBe("/audit");
  });
});

describe("the keyboard", () => {
  it("goes to a page with g and its letter, but not while something is typed", async () => {
    const { page } = await visit();
    await says(page, "9 devices");
    await page.keyboard.press("g");
    await page.keyboard.press("t");
    await says(page, "on 4 tiers");
    await page.keyboard.press("/");
    await page.keyboard.type("go");
    expect(path(page)).toBe("/topology");
    await page.keyboard.press("Escape");
    await page.keyboard.press("g");
    await page.keyboard.press("o");
    await says(page, "9 devices, 9 online");
  });

  it("skips to the answer first of all", async () => {
    const { page } = await visit();
    await says(page, "9 devices");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    expect(await focusedId(page)).toBe("answer");
  });

  it("closes an open menu with Escape and goes back to what opened it", async () => {
    const { page } = await visit();
    const menu = page.locator("details.account");
    await menu.locator("summary").press("Enter");
    await menu.getByRole("button", { name: "Sign out" }).waitFor();
    await page.keyboard.press("Escape");
    expect(await menu.getAttribute("open")).toBeNull();
    expect(await menu.locator("summary").evaluate((element) => element === document.activeElement)).toBe(true);
  });
});

describe("the search", () => {
  it("finds devices, tasks and pages from anywhere, and goes where the arrows choose", async () => {
    const { page } = await visit({ path: "/topology" });
    await says(page, "9 devices");
    await page.keyboard.press("/");
    await page.keyboard.type("jetson");
    const found = page.getByRole("listbox", { name: "Found" });
    await found.getByRole("option", { name: "jetson-2" }).waitFor();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    expect(await found.getByRole("option", { selected: true }).textContent()).toContain("jetson-2");
    await page.keyboard.press("Enter");
    await says(page, "jetson-2 is online");
    expect(path(page)).toBe("/devices/jetson-2");
    await page.keyboard.press("/");
    await page.keyboard.type("train");
    await found.getByRole("option").filter({ hasText: "./train --epochs 4" }).click();
    await page.waitForURL("**/tasks/t-82");
    await page.keyboard.press("/");
    await page.keyboard.type("who changed");
    await found.getByRole("option").filter({ hasText: "Audit" }).waitFor();
  });
});

describe("signing in and out", () => {
  it("works with a name and a password that one was offered to set after a link", async () => {
    const { page, complaints } = await visit({ declined: false });
    const offer = page.getByRole("region", { name: "Password" });
    await offer.getByRole("button", { name: "Set a password" }).click();
    await offer.getByLabel("New password").fill("a few easy words");
    await offer.getByRole("button", { name: "Set the password" }).click();
    await offer.waitFor({ state: "detached" });
    await page.locator("details.account summary").click();
    await page.getByRole("button", { name: "Sign out" }).click();
    await says(page, "You are not signed in.");
    expect(await page.getByText("pi-2").count()).toBe(0);
    expect(complaints).toEqual([]);
    await page.getByLabel("Name").fill("ada");
    await page.getByLabel("Password").fill("not what it is");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page
      .getByRole("alert")
      .filter({ hasText: /^Not signed in: .+ \(FL4002\)\.$/ })
      .waitFor();
    await page.getByLabel("Password").fill("a few easy words");
    await page.getByRole("button", { name: "Sign in" }).click();
    await says(page, "9 devices, 9 online");
    expect(await offer.count()).toBe(0);
  });

  it("does not offer a password again to who does not want one", async () => {
    const { hub, page } = await visit({ token: "user-token", declined: false });
    await page.getByRole("button", { name: "Not now" }).click();
    await page.getByRole("region", { name: "Password" }).waitFor({ state: "detached" });
    await Promise.all([page.waitForResponse("**/api/auth/signin"), page.goto(hub.link("user-token"))]);
    await page.reload();
    await says(page, "9 devices, 9 online");
    expect(await page.getByRole("region", { name: "Password" }).count()).toBe(0);
  });

  it("shows the identity provider where the hub has one", async () => {
    const { hub, page } = await visit({ token: null });
    const methods = JSON.stringify({ password: true, oidc: { name: "Example ID", url: "/api/auth/oidc" } });
    await page.route("**/api/auth/methods", (route) => route.fulfill({ contentType: "application/json", body: methods }));
    await page.goto(hub.url);
    expect(await page.getByRole("link", { name: "Sign in with Example ID" }).getAttribute("href")).toBe("/api/auth/oidc");
  });

  it("keeps somebody signed in whose access token ended, with one exchange however many questions were asked", async () => {
    const { hub, page } = await visit();
    await says(page, "9 devices");
    let exchanges = 0;
    await page.route("**/api/auth/refresh", async (route) => {
      exchanges += 1;
      await route.continue();
    });
    const cookies = await page.context().cookies(`${hub.url}/api/auth`);
    await page.context().clearCookies();
    await page.context().addCookies(cookies.filter(({ name }) => name.includes("refresh")));
    await page.goto(`${hub.url}/placements`);
    await says(page, "9 devices used");
    expect(exchanges).toBe(1);
  });
});

describe("a phone", () => {
  it("has the main pages where thumbs reach them and the others in a menu", async () => {
    const { page } = await visit({ context: { viewport: phone, hasTouch: true, isMobile: true } });
    const bar = page.getByRole("navigation", { name: "Pages, on a phone" });
    await bar.getByRole("link", { name: "Topology" }).tap();
    await says(page, "on 4 tiers");
    await bar.getByText("More").tap();
    await bar.getByRole("link", { name: "Placements" }).tap();
    await says(page, "9 devices used");
    expect(await bar.getByRole("link", { name: "Placements" }).isVisible()).toBe(false);
    expect(await answer(page).count()).toBe(1);
  });
});
