import { deploymentChanged } from "@fogline/contracts";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { deploymentServices } from "./deployment-services.ts";
import { detail, says, type VisitOptions, visits } from "./visit.ts";

const visit = visits();

const visitDeployments = async (options: VisitOptions = {}, services = deploymentServices()) => ({
  services,
  ...(await visit({ path: "/deployments", answers: services.answers, ...options })),
});
const openDeployment = (page: Page, id: string) => page.locator(`[id="deployment-${id}"] button.open`);

describe("the list of deployments", () => {
  it("says in a sentence how they are and why the first of them is not well", async () => {
    const { page, complaints } = await visitDeployments();
    await says(page, "2 deployments, 1 running as wanted, 1 degraded (recorder: 2 of 3 run), 1 stopped");
    await page.getByRole("row", { name: "detector" }).getByText("pi-1, pi-2, pi-3").waitFor();
    expect(complaints).toEqual([]);
  });

  it("changes in place when one changes", async () => {
    const { hub, page, services } = await visitDeployments();
    const recorder = services.deployments.get("d-recorder");
    if (recorder === undefined) throw new Error("there is a deployment recorder");
    await page.getByRole("row", { name: "recorder" }).getByText("degraded").waitFor();
    await hub.client.publish(deploymentChanged, { deployment: { ...recorder, status: "running", reason: "3 of 3 run", version: 2 } });
    await says(page, "2 deployments, all running as wanted, 1 stopped");
  });

  it("opens one in place with its replicas, which lead to their devices and tasks, and shows what they wrote", async () => {
    const { page } = await visitDeployments();
    await openDeployment(page, "d-recorder").click();
    expect(new URL(page.url()).hash).toBe("#deployment=d-recorder");
    const opened = detail(page, "d-recorder");
    await opened.getByRole("button", { name: "Show what they wrote" }).click();
    await opened.getByText("2 people at the gate").first().waitFor();
    await opened.getByText("Not available: it runs nowhere.").waitFor();
    expect(await opened.getByRole("link", { name: "t-70" }).getAttribute("href")).toBe("/tasks/t-70");
    expect(await opened.getByRole("link", { name: "jetson-1" }).getAttribute("href")).toBe("/devices/jetson-1");
  });

  it("that is empty says what a deployment is for", async () => {
    const { page } = await visitDeployments(
      {},
      deploymentServices(() => []),
    );
    await says(page, "Nothing is deployed to devices yet");
    await page.getByText("When a device is lost, its replicas start on others.").waitFor();
  });
});

describe("stopping a deployment", () => {
  it("says what will happen, asks once, and shows that it is stopped", async () => {
    const { page, services } = await visitDeployments({ path: "/deployments#deployment=d-detector" });
    const opened = detail(page, "d-detector");
    await opened.getByText(/^curl -X POST http:\S+\/api\/deployments\/d-detector\/stop /).waitFor();
    await opened.getByRole("button", { name: "Stop detector …" }).click();
    await opened.getByText("All 3 replicas of detector end. The record stays, and the name can be used for a new deployment.").waitFor();
    expect(services.deployments.get("d-detector")?.status).toBe("running");
    await opened.getByRole("button", { name: "Stop detector", exact: true }).click();
    await says(page, "1 deployment, 0 running as wanted, 1 degraded (recorder: 2 of 3 run), 2 stopped");
    expect(services.deployments.get("d-detector")?.status).toBe("stopped");
  });
});

describe("deploying", () => {
  it("asks for one replica on each named device, and shows the same request", async () => {
    const { page, services } = await visitDeployments({ path: "/deployments#deploy=form" });
    await page.getByRole("textbox", { name: "Name" }).fill("counter");
    await page.getByLabel("Spread").selectOption("nodes");
    await page.getByRole("textbox", { name: "Devices" }).fill("pi-1, pi-9");
    await page.getByRole("textbox", { name: "Command" }).fill("./count --camera 3");
    await page.getByRole("button", { name: "Deploy it" }).click();
    await page.getByText("there is no device pi-9").waitFor();
    await page.getByRole("textbox", { name: "Devices" }).fill("pi-1, pi-2");
    await page.getByText(`'{"name":"counter","nodes":["pi-1","pi-2"],"task":{"command":["./count","--camera","3"]}}'`).waitFor();
    await page.getByRole("button", { name: "Deploy it" }).click();
    await detail(page, "d-counter").waitFor();
    expect(services.deployments.get("d-counter")?.spec).toMatchObject({ nodes: ["pi-1", "pi-2"], task: { command: ["./count", "--camera", "3"] } });
  });

  it("under a name that is taken says so and makes nothing", async () => {
    const { page, services } = await visitDeployments({ path: "/deployments#deploy=form" });
    await page.getByRole("textbox", { name: "Name" }).fill("detector");
    await page.getByRole("textbox", { name: "Command" }).fill("true");
    await page.getByRole("button", { name: "Deploy it" }).click();
    await page.getByText('Nothing was made: a deployment named "detector" exists (FL4005).').waitFor();
    expect(services.deployments.size).toBe(3);
  });
});
