import axe from "axe-core";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { desktop, launch, openPage, phone, picture } from "./browser.ts";
import { openHub, type TestHub } from "./hub.ts";

let browser: Awaited<ReturnType<typeof launch>>;
let hub: TestHub;
const stops: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  browser = await launch();
  hub = await openHub();
});
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});
afterAll(async () => {
  await hub?.close();
  await browser?.close();
});

const visit = async (hash = "", options: Parameters<typeof openPage>[1] = {}) => {
  const { page, complaints } = await openPage(browser, options);
  stops.push(() => page.context().close());
  await page.goto(`${hub.url}/reference${hash}`);
  await page.locator("#top").waitFor();
  return { page, complaints };
};

const operation = (page: Page, id: string) => page.locator(`article[id="${id}"]`);
const search = (page: Page) => page.getByRole("searchbox", { name: "Search operations, records and codes" });

describe("the reference of the API", () => {
  it("is there without signing in, and says first how much there is and how to ask", async () => {
    const { page, complaints } = await visit();
    await page.getByRole("heading", { level: 1, name: /^\d+ operations in 12 areas, version 0\.1\.0$/ }).waitFor();
    await page.getByText("Errors are problem details (RFC 9457)").waitFor();
    await page.getByText('curl "$FOGLINE_URL/api/nodes?status=online"').waitFor();
    expect(complaints).toEqual([]);
  });

  it("shows of an operation its route, role, request, answer, errors and examples", async () => {
    const { page } = await visit("#tasks.create");
    const create = operation(page, "tasks.create");
    await create.getByText("Submit a task.").waitFor();
    expect(await create.locator(".route").innerText()).toMatch(/POST\s+\/api\/tasks\s+may be asked by\s+user or admin/);
    const command = create.getByRole("row", { name: /^command body required/ });
    expect(await command.innerText()).toContain("list of text");
    expect(await command.innerText()).toContain("1 to 256 items");
    expect(await create.getByRole("row", { name: /^priority body/ }).innerText()).toMatch(/0 to 9, default 5\s+0 is least, 9 most urgent\./);
    await create.getByRole("row", { name: /^Idempotency-Key header/ }).waitFor();
    await create.getByRole("link", { name: "TaskRecord" }).first().waitFor();
    await create.getByText("FL4012 the queue is full queueFull").waitFor();
    await create.getByText(`--json '{"command":["uname","-a"]`).waitFor();
    await create.getByText('const answer = await client.tasks.create({ command: ["uname", "-a"]').waitFor();
  });

  it("leads from an error to its remedy, and from a record to the records in it", async () => {
    const { page } = await visit("#nodes.get");
    await operation(page, "nodes.get").getByRole("link", { name: "FL4004" }).click();
    await operation(page, "FL4004").getByText("What to do: List what exists and use one of those names.").waitFor();
    expect(await page.title()).toBe("FL4004 - Fogline API");
    await page.goBack();
    await operation(page, "nodes.get").getByRole("link", { name: "DeviceState" }).first().click();
    await operation(page, "DeviceState")
      .getByRole("row", { name: /^thermalState/ })
      .waitFor();
  });

  it("brings what the address names into view and gives it the focus", async () => {
    const { page } = await visit("#nodes.history");
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("nodes.history");
    expect(await operation(page, "nodes.history").evaluate((element) => Math.abs(element.getBoundingClientRect().top - 56) < 80)).toBe(true);
    await page.goto(`${hub.url}/reference#kitchen.get`);
    await page.getByText("This API has nothing named kitchen.get.").waitFor();
  });

  it("is searched from the keyboard alone", async () => {
    const { page } = await visit();
    await page.keyboard.press("/");
    await page.keyboard.type("drain");
    await page.getByRole("navigation").getByRole("link", { name: "nodes.drain POST /api/nodes/{id}/drain" }).waitFor();
    await page.keyboard.press("Enter");
    await operation(page, "nodes.drain").waitFor();
    expect(page.url()).toContain("#nodes.drain");
    expect(await search(page).inputValue()).toBe("");
    await page.keyboard.press("/");
    await page.keyboard.type("no such words");
    await page.locator("nav .wide").getByText("Nothing has all of these words.").waitFor();
    await page.keyboard.press("Escape");
    expect(await search(page).inputValue()).toBe("");
  });

  it("copies an example", async () => {
    const { page } = await visit("#nodes.drain", { permissions: ["clipboard-read", "clipboard-write"] });
    await operation(page, "nodes.drain").getByRole("button", { name: "Copy the TypeScript example" }).click();
    await operation(page, "nodes.drain").getByText("copied").waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(
      'const answer = await client.nodes.drain({ id: "pi-3", draining: true });',
    );
  });

  it("says that the hub must run when it does not, and tries again", async () => {
    const { page } = await openPage(browser);
    stops.push(() => page.context().close());
    await page.route("**/openapi.json", (route) => route.fulfill({ status: 503, body: "" }));
    await page.goto(`${hub.url}/reference`);
    await page.getByRole("heading", { name: "The reference cannot be shown now." }).waitFor();
    await page.unroute("**/openapi.json");
    await page.getByRole("button", { name: "Try again" }).click();
    await page.locator("#top").waitFor();
  });
});

const looks = {
  light: { colorScheme: "light", viewport: desktop },
  dark: { colorScheme: "dark", viewport: desktop },
  phone: { colorScheme: "light", viewport: phone, hasTouch: true, isMobile: true },
  "phone-dark": { colorScheme: "dark", viewport: phone, hasTouch: true, isMobile: true },
} as const;

describe("the reference as it is seen", () => {
  it.each(Object.entries(looks))("has nothing that axe finds, and nothing wider than the window: %s", async (name, context) => {
    for (const hash of ["", "#tasks.create", "#auth.signin", "#records", "#codes"]) {
      const { page, complaints } = await visit(hash, context);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      expect(wide, hash).toBeLessThanOrEqual(0);
      await picture(page, `reference-${name}${hash.replace("#", "-")}`);
      await page.evaluate(axe.source);
      const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run());
      expect(violations.map(({ id, nodes }) => `${hash} ${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(" | ")}`)).toEqual([]);
      expect(complaints).toEqual([]);
    }
  });

  it("has its areas behind one line on a phone", async () => {
    const { page } = await visit("#tasks.list", looks.phone);
    const menu = page.getByRole("navigation", { name: "Reference" });
    await menu.locator("summary").click();
    await menu.getByRole("link", { name: "Policies" }).last().click();
    await page.getByRole("heading", { level: 1, name: "Policies" }).waitFor();
    expect(await menu.locator("details").getAttribute("open")).toBeNull();
  });
});
