import { describe, expect, it } from "vitest";
import { barriersOf } from "./barriers.ts";
import { phone, picture } from "./browser.ts";
import { deploymentServices } from "./deployment-services.ts";
import { taskServices } from "./task-services.ts";
import { says, visits } from "./visit.ts";

const visit = visits();
const paths = ["/tasks", "/tasks/t-81", "/deployments", "/events", "/gitops", "/enrol", "/people"] as const;

describe("a page of work whose hub is gone", () => {
  it("says so, offers nothing that would not work, and goes on by itself", async () => {
    const services = deploymentServices();
    const { hub, page } = await visit({ path: "/deployments#deployment=d-detector", answers: services.answers });
    await page.getByRole("button", { name: "Stop detector …" }).waitFor();
    await hub.vanish();
    await says(page, /^No news for \d+ s: /);
    expect(await page.getByRole("button", { name: "Stop detector …" }).isDisabled()).toBe(true);
    await page.getByText("The hub does not answer; nothing can be changed now.").first().waitFor();
    await picture(page, "work-gone-light");
    const detector = services.deployments.get("d-detector");
    if (detector !== undefined) services.deployments.set("d-detector", { ...detector, status: "degraded", reason: "2 of 3 run" });
    await hub.comeBack();
    await says(page, "2 deployments, 0 running as wanted, 2 degraded (detector: 2 of 3 run), 1 stopped");
  });
});

describe("a page of work whose service fails", () => {
  it("says what it cannot show and why, and shows it as soon as it can", async () => {
    const { page } = await visit({ path: "/", answers: taskServices().answers });
    const refuse = "**/api/tasks?*";
    await page.route(refuse, (route) =>
      route.fulfill({ status: 503, contentType: "application/problem+json", json: { detail: "nobody answers op.tasks.list", code: "FL4009" } }),
    );
    await page.getByRole("link", { name: "Tasks" }).first().click();
    await page.getByText("The hub did not say the tasks: nobody answers op.tasks.list (FL4009).").waitFor();
    await picture(page, "work-failed-light");
    await page.unroute(refuse);
    await page.locator('[id="task-t-81"]').waitFor();
  });
});

describe("a hub with nothing in it", () => {
  for (const path of paths.filter((one) => one !== "/tasks/t-81")) {
    it(`is met at ${path} with what to do next, and without a barrier`, async () => {
      const { page, complaints } = await visit({
        path,
        context: { viewport: phone, hasTouch: true, isMobile: true, colorScheme: "dark" },
        answers: deploymentServices(() => []).answers,
        change: ({ nodes, tasks }) => {
          nodes.clear();
          tasks.clear();
        },
      });
      await page.locator("main section").first().waitFor();
      await page.locator("[aria-busy=true]").first().waitFor({ state: "detached" });
      await picture(page, `work-empty-${path.slice(1)}-phone`);
      expect(await barriersOf(page)).toEqual([]);
      expect(complaints).toEqual([]);
    });
  }
});

describe("the keyboard on the pages of work", () => {
  it("reaches rows with arrows, opens with Enter, closes with Escape", async () => {
    const { page } = await visit({ path: "/deployments", answers: deploymentServices().answers });
    await page.getByRole("button", { name: "detector" }).focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.locator('[id="detail-d-recorder"]').waitFor();
    await page.keyboard.press("Escape");
    await page.locator('[id="detail-d-recorder"]').waitFor({ state: "detached" });
    expect(await page.evaluate(() => document.activeElement?.closest("tr")?.id)).toBe("deployment-d-recorder");
  });

  it("submits a form with Enter and leaves it with Escape", async () => {
    const services = taskServices();
    const { page } = await visit({ path: "/tasks#submit=task", answers: services.answers });
    await page.getByRole("textbox", { name: "Command" }).fill("true");
    await page.keyboard.press("Enter");
    await page.locator('a[href="/tasks/t-90"]').waitFor();
    await page.getByRole("textbox", { name: "Command" }).focus();
    await page.keyboard.press("Escape");
    await page.getByRole("form", { name: "Submit a task" }).waitFor({ state: "detached" });
    expect(services.submitted.length).toBe(1);
  });
});
