import { describe, expect, it } from "vitest";
import { certificateAnswers } from "./certificates.ts";
import { metricsOf } from "./histories.ts";
import type { World } from "./hub.ts";
import { stateOf } from "./records.ts";
import { detail, openButton, says, visits } from "./visit.ts";

const visit = visits();
const withFigures = ({ nodes }: World, nowMs: number): void => {
  const node = nodes.get("pi-2");
  if (node !== undefined) nodes.set("pi-2", { ...node, metrics: metricsOf(nowMs) });
};
const opened = { path: "/devices/pi-2", answers: certificateAnswers, change: withFigures };

describe("the page of a device", () => {
  it("says how it is, why, and what to do", async () => {
    const { hub, page, complaints } = await visit(opened);
    await says(page, /^pi-2 is online for \d+ min and well; 1 task runs there$/);
    await page.getByText("Power mode performance: no sensor holds it back").waitFor();
    await hub.setNode("pi-2", { status: "offline", statusSinceMs: Date.now(), reason: "silent for 90 s: 3 heartbeats missed" });
    await says(page, /^pi-2 is offline for \d+ s: silent for 90 s: 3 heartbeats missed$/);
    await page.getByText("Its link is declared factory-lte: it may come back by itself.").waitFor();
    expect(complaints).toEqual([]);
  });

  it("draws the courses of five values, live, and says what there is no sensor for", async () => {
    const { hub, page } = await visit(opened);
    const chart = (name: RegExp) => page.getByRole("img", { name });
    await chart(/^CPU %, between 18 and 18, now 18$/).waitFor();
    await page.getByText("This device runs on mains.").waitFor();
    await hub.sample("pi-2", stateOf(Date.now() + 10_000, { cpuPercent: 64, temperatureCelsius: 58 }));
    await chart(/^CPU %, between 18 and 64, now 64$/).waitFor();
    await chart(/^Temperature °C, between 51 and 58, now 58$/).waitFor();
    await chart(/^Memory used GiB/).waitFor();
    await chart(/^Network, .+ ms, between/).waitFor();
    expect(await page.locator(".plot canvas").count()).toBe(4);
  });

  it("shows every figure that the agent counts, with its unit, and what is not known", async () => {
    const { page } = await visit(opened);
    const figures = page.getByRole("region", { name: "What the agent counts" });
    const row = async (name: string) => (await figures.getByRole("row", { name }).textContent())?.replace(name, "");
    expect(await row("Tasks finished, of the last five minutes")).toBe("1.4per minute");
    expect(await row("From arrival to decision, mean of the last hundred")).toBe("3.2ms");
    expect(await row("Images and models that were there already")).toBe("not known%");
    expect(await row("Tasks completed")).toBe("214");
    expect(await row("Tasks failed")).toBe("3");
    expect(await figures.getByRole("row").count()).toBe(14);
  });

  it("shows when it was away and why, and what it did without the hub", async () => {
    const { page } = await visit(opened);
    const connectivity = page.getByRole("region", { name: "Connectivity" });
    await connectivity.getByText("Online 96.80 % of the time; 2 outages: 46 min in all, the longest 42 min.").waitFor();
    const [header, newest, oldest] = await connectivity.getByRole("row").allTextContents();
    expect(header).toBe("Away sinceForWhy");
    expect(newest).toMatch(/4 minits connection was lost: the link went down$/);
    expect(oldest).toMatch(/42 minsilent for 90 s: 3 heartbeats missed$/);
    await connectivity.getByText("Tasks finished meanwhile").waitFor();
    await connectivity.getByRole("button", { name: "7 d" }).click();
    await connectivity.getByText("Online 99.54 % of the time").waitFor();
  });

  it("shows the end of its log, and why there is none", async () => {
    const { hub, page } = await visit(opened);
    const log = page.getByRole("region", { name: "Log of the agent" });
    await log.getByText("the agent of pi-2 is ready").waitFor();
    await hub.setNode("pi-2", { status: "offline", reason: "silent for 90 s" });
    await log.getByRole("button", { name: "Read again" }).click();
    await log.getByText("There is no log to show: pi-2 is offline.").waitFor();
  });

  it("lists the tasks there, which open in place", async () => {
    const { page } = await visit(opened);
    await openButton(page, "task", "t-81").click();
    await detail(page, "t-81").waitFor();
    expect(new URL(page.url()).hash).toBe("#task=t-81");
  });

  it("revokes its certificate only after its name was typed, and says what happened", async () => {
    const { page } = await visit(opened);
    const certificate = page.getByRole("region", { name: "Certificate" });
    await certificate.getByText("ends in 19 d").waitFor();
    await certificate.getByText("npx fogline device revoke pi-2").waitFor();
    await certificate.getByRole("button", { name: "Revoke the certificates of pi-2 …" }).click();
    await certificate.getByText("This cannot be undone: type pi-2 to go on.").waitFor();
    const revoke = certificate.getByRole("button", { name: "Revoke the certificates of pi-2", exact: true });
    expect(await revoke.isDisabled()).toBe(true);
    await page.keyboard.type("pi-2");
    await revoke.click();
    await certificate.getByText("1 certificate of pi-2 revoked.").waitFor();
    await certificate.getByText("revoked", { exact: true }).waitFor();
  });

  it("that does not exist says so and names those like it", async () => {
    const { page } = await visit({ path: "/devices/pi-99" });
    await says(page, "There is no device pi-99");
    await page.getByRole("main").getByRole("link", { name: "pi-3" }).click();
    await says(page, "pi-3 is online");
  });
});
