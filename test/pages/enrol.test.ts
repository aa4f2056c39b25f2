import { describe, expect, it } from "vitest";
import { enrolServices } from "./enrol-services.ts";
import type { World } from "./hub.ts";
import { nodeOf } from "./records.ts";
import { says, type VisitOptions, visits } from "./visit.ts";

const visit = visits();

const awaited = ({ nodes }: World, nowMs: number): void => {
  const change = { status: "never-seen", reason: "its agent never connected", capabilities: null, state: null, lastSeenAtMs: null } as const;
  nodes.set("pi-4", nodeOf("pi-4", nowMs, change));
};

const visitEnrol = async (options: VisitOptions = {}) => {
  const services = enrolServices();
  return { services, ...(await visit({ path: "/enrol", answers: services.answers, change: awaited, ...options })) };
};

describe("a slot that waits for its device", () => {
  it("gets a token with its code to scan and its command to type, and is followed until the device is online", async () => {
    const { hub, page, complaints } = await visitEnrol();
    await says(page, "1 device waits to be enrolled: pi-4");
    await page.getByRole("button", { name: "pi-4", exact: true }).click();
    expect(new URL(page.url()).hash).toBe("#slot=pi-4");
    await page.getByRole("button", { name: "Make a token for pi-4" }).click();
    await page.getByRole("img", { name: "QR code of the token for pi-4" }).waitFor();
    await page.getByText(/^npx fogline agent --token fle_/).waitFor();
    await page.getByText(/^(59|60) min left\. It is shown only here and only now\.|^1 h left/).waitFor();
    await page.getByText("Waiting for pi-4 …").waitFor();
    await hub.setNode("pi-4", { status: "online", reason: "it said hello" });
    await page.getByText("pi-4 is online: it said hello.").waitFor();
    await says(page, "Every device of the fleet has come in: 10 devices");
    expect(await page.getByRole("link", { name: "pi-4" }).getAttribute("href")).toBe("/devices/pi-4");
    expect(complaints).toEqual([]);
  });

  it("has its code drawn dark on light with light around it", async () => {
    const { page } = await visitEnrol({ path: "/enrol#slot=pi-4", context: { colorScheme: "dark" } });
    await page.getByRole("button", { name: "Make a token for pi-4" }).click();
    const code = page.getByRole("img", { name: "QR code" });
    const fills = await code.evaluate((svg) => ["rect", "path"].map((name) => getComputedStyle(svg.querySelector(name) ?? svg).fill));
    expect(fills).toEqual(["rgb(255, 255, 255)", "rgb(17, 17, 17)"]);
  });

  it("loses its token when it is revoked, after asking once", async () => {
    const { page, services } = await visitEnrol({ path: "/enrol#slot=pi-4" });
    await page.getByRole("button", { name: "Make a token for pi-4" }).click();
    const tokens = page.getByRole("region", { name: "Tokens" });
    await tokens.getByRole("button", { name: "Revoke the token of pi-4 …" }).click();
    await tokens.getByRole("button", { name: "Revoke the token of pi-4", exact: true }).click();
    await tokens.getByText("No token is open.").waitFor();
    await page.locator(".told").filter({ hasText: "the token of pi-4 is worthless." }).waitFor();
    expect(services.enrolments.size).toBe(0);
  });

  it("is shown to others than admins, who cannot make a token and are told why", async () => {
    const { page, complaints } = await visitEnrol({ path: "/enrol#slot=pi-4", token: "user-token" });
    expect(await page.getByRole("button", { name: "Make a token for pi-4" }).isDisabled()).toBe(true);
    await page.getByText("Only an admin may do this; you are signed in as user.").first().waitFor();
    expect(complaints).toEqual([]);
  });
});

describe("a device that is not in the fleet file", () => {
  it("gets the command that adds it, composed while the form is filled in", async () => {
    const { page } = await visitEnrol();
    const section = page.getByRole("region", { name: "A device that is not in the fleet file" });
    await section.getByRole("textbox", { name: "Name" }).fill("pi 7");
    await section.getByText("lower case letters, digits and dashes, like pi-7").waitFor();
    await section.getByRole("textbox", { name: "Name" }).fill("pi-1");
    await section.getByText("there is a device pi-1 already").waitFor();
    await section.getByRole("textbox", { name: "Name" }).fill("pi-8");
    await section.getByRole("combobox", { name: "Hardware" }).fill("pi-4-4");
    await section.getByRole("combobox", { name: "Site" }).fill("plant-7");
    await section.getByText("npx fogline fleet add-device pi-8 --hardware pi-4-4 --site plant-7", { exact: true }).waitFor();
  });
});

describe("a simulated device", () => {
  it("is enrolled from the page, followed until it is online, and removed", async () => {
    const { hub, page, services } = await visitEnrol({ change: ({ nodes }) => nodes.clear() });
    await says(page, "No device is in the fleet yet: try one that is simulated, or add one of your own");
    await page.getByRole("button", { name: "Enrol virtual-1" }).click();
    await page.getByText("Waiting for virtual-1 …").waitFor();
    expect(services.simulated.get("virtual-1")).toEqual({ hardware: "pi-5-8", site: undefined });
    const node = nodeOf("virtual-1", Date.now());
    hub.world.nodes.set(node.id, node);
    await hub.announce(node);
    await page.getByText("virtual-1 is online: it said hello.").waitFor();
    await page.getByRole("button", { name: "Remove virtual-1 …" }).click();
    await page.getByRole("button", { name: "Remove virtual-1", exact: true }).click();
    await hub.removeNode("virtual-1");
    await page.getByText("virtual-1 is online").waitFor({ state: "detached" });
    expect(services.simulated.size).toBe(0);
  });

  it("of unknown hardware is refused with the names that are known", async () => {
    const { page } = await visitEnrol();
    const section = page.getByRole("region", { name: "Try it with a simulated device" });
    await section.getByRole("combobox", { name: "Hardware" }).fill("toaster");
    await section.getByRole("button", { name: "Enrol virtual-1" }).click();
    await section.getByText('Nothing was set up: no hardware profile "toaster"; those known: pi-4-4, pi-5-8 (FL4004).').waitFor();
  });
});
