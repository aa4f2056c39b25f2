import { createServer } from "node:net";
import { getTask, listNodes, setSimulatedDevice } from "@fogline/contracts";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildDashboard } from "../../scripts/dashboard.ts";
import { type HubProcess, makeDataFolder, removeDataFolder, startHubProcess } from "../system/testing/hub.ts";
import { makeRepository, type Repository } from "../system/testing/repository.ts";
import { barriersOf } from "./barriers.ts";
import { desktop, launch, openPage, phone, picture } from "./browser.ts";
import { answer, says } from "./visit.ts";

// The whole of it as a person meets it: a hub as `npm start` runs it, with its real agent and simulated devices, and a browser.

let repository: Repository;
let browser: Browser;
let dataFolder: string;
let httpPort: number;
let hub: HubProcess;

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
/** The same folder and port each time: a hub that comes back is the hub that went. */
const startHub = () => startHubProcess({ repository: repository.path, dataFolder, args: ["--port", String(httpPort)] });

beforeAll(async () => {
  await buildDashboard();
  repository = makeRepository();
  dataFolder = makeDataFolder();
  httpPort = await freePort();
  browser = await launch();
  hub = await startHub();
});
afterAll(async () => {
  await hub?.end();
  await browser?.close();
  removeDataFolder(dataFolder);
  repository?.remove();
});

/** A move waits until heat has lasted, and for the next look of the scheduler. */
const moveMsMax = 90_000;

const views = {
  desktop: { viewport: desktop, colorScheme: "light" },
  phone: { viewport: phone, colorScheme: "dark", hasTouch: true, isMobile: true },
} as const;

/** A browser that came in by a new one-time link. */
const signedIn = async (view: keyof typeof views): Promise<{ page: Page; complaints: string[] }> => {
  const { page, complaints } = await openPage(browser, views[view]);
  const link = await fetch(`${hub.url}/api/users/admin/link`, { method: "POST", headers: { authorization: `Bearer ${hub.token}` } });
  const { code } = (await link.json()) as { code: string };
  await page.goto(`${hub.url}/#code=${code}`);
  await says(page, /^\d+ devices/);
  return { page, complaints };
};

/** Opens a page and keeps its picture; nothing on it keeps anybody out. */
const look = async (page: Page, path: string, name: string): Promise<void> => {
  await page.goto(hub.url + path);
  await answer(page).waitFor();
  await page.waitForLoadState("networkidle").catch(() => undefined);
  await picture(page, `live-${name}`);
  expect(await barriersOf(page)).toEqual([]);
};

describe.each(["desktop", "phone"] as const)("the pages of a running hub on a %s", (view) => {
  it("show a task placed where it fits, why, and how it moves when its device gets hot", async () => {
    const { page } = await signedIn(view);
    await page.goto(`${hub.url}/tasks`);
    await page.getByRole("button", { name: "Submit a task" }).click();
    await page.getByLabel("Command").fill("sleep 900");
    await page.getByLabel("Needs a GPU").check();
    await page.getByRole("button", { name: "Submit the task", exact: true }).click();
    const link = page.locator('a[href^="/tasks/"]').first();
    await link.waitFor();
    const id = (await link.getAttribute("href"))?.split("/").at(-1) ?? "";
    await page.goto(`${hub.url}/tasks/${id}`);
    await says(page, /runs on jetson-\d/);
    const from = (await hub.client.call(getTask, { id })).node ?? "";
    await page.getByText("task needs 1 GPU, it has none").first().waitFor();
    await picture(page, `live-task-${view}`);
    // Nothing but the sensor of the virtual device is touched.
    await hub.client.call(setSimulatedDevice, { id: from, temperatureCelsius: 60 });
    const to = from === "jetson-1" ? "jetson-2" : "jetson-1";
    await answer(page)
      .filter({ hasText: `runs on ${to}` })
      .waitFor({ timeout: moveMsMax });
    await page
      .getByText(new RegExp(`${from} is hot`))
      .first()
      .waitFor();
    await picture(page, `live-task-moved-${view}`);
    await page.goto(`${hub.url}/devices/${from}`);
    await says(page, new RegExp(`${from} is hot`));
    await page.goto(`${hub.url}/placements`);
    await page
      .getByText(new RegExp(`${from} is hot`))
      .first()
      .waitFor();
    await hub.client.call(setSimulatedDevice, { id: from, temperatureCelsius: 40 });
    await fetch(`${hub.url}/api/tasks/${id}/cancel`, { method: "POST", headers: { authorization: `Bearer ${hub.token}` } });
    await page.context().close();
  }, 180_000);

  it("enrol a simulated device until it is online, and let it go again", async () => {
    const { page } = await signedIn(view);
    await page.goto(`${hub.url}/enrol`);
    await page.getByRole("button", { name: /^Enrol virtual-\d/ }).click();
    await page.getByText(/virtual-\d is online/).waitFor();
    const { nodes } = await hub.client.call(listNodes, { status: "online" });
    const id = nodes.find((node) => node.id.startsWith("virtual-"))?.id ?? "none";
    await picture(page, `live-enrolled-${view}`);
    await page.getByRole("button", { name: `Remove ${id} …` }).click();
    await page.getByRole("button", { name: `Remove ${id}`, exact: true }).click();
    await page.getByText(`${id} is online`).waitFor({ state: "detached" });
    await page.context().close();
  });

  it("can all be looked at, by whatever way of reading", async () => {
    const { page, complaints } = await signedIn(view);
    const paths = [
      "/",
      "/topology",
      "/placements",
      "/devices/pi-1",
      "/tasks",
      "/deployments",
      "/events",
      "/audit",
      "/gitops",
      "/enrol",
      "/people",
      "/reference",
    ];
    for (const path of paths) await look(page, path, `${path.split("/")[1] || "overview"}-${view}`);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it("say when the hub is gone, and go on by themselves, signed in, when it is back", async () => {
    const { page } = await signedIn(view);
    await hub.end("SIGKILL");
    await says(page, "No news");
    await picture(page, `live-gone-${view}`);
    hub = await startHub();
    await says(page, /^9 devices, 9 online/);
    await page.context().close();
  });
});
