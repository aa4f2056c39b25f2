import { describe, expect, it } from "vitest";
import { answer, deviceRow, openButton, says, visits } from "./visit.ts";

const visit = visits();

describe("signing in", () => {
  it("exchanges the token of the link for a cookie that scripts cannot read, and takes it out of the address", async () => {
    const { page } = await visit();
    await says(page, "9 devices");
    expect(page.url()).not.toContain("code");
    expect(await page.evaluate(() => document.cookie)).toBe("");
    const [cookie] = await page.context().cookies();
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Strict" });
  });

  it("is explained to a visitor without a session, and a link opened there signs in", async () => {
    const { hub, page } = await visit({ token: null });
    await says(page, "You are not signed in.");
    await page.getByText("npm start").first().waitFor();
    await page.goto(hub.link().replace("#token=", "#code="));
    await says(page, "9 devices, 9 online");
  });

  it("with a token that belongs to nobody says so", async () => {
    const { hub, page } = await visit({ token: null });
    await page.goto(`${hub.url}/#code=guess`);
    await page.getByText("The link was not accepted: this token belongs to nobody (FL4002).").waitFor();
    expect(page.url()).not.toContain("guess");
  });

  it("without the right to see the fleet names the role that is missing", async () => {
    const { page } = await visit({ token: "node-token" });
    await says(page, "You may not see the fleet.");
    await page.getByText("You are signed in as pi-1 with the role node").waitFor();
  });
});

describe("an empty fleet", () => {
  it("shows how a device is added and how a task is run", async () => {
    const { page } = await visit({
      change: ({ nodes, tasks }) => {
        nodes.clear();
        tasks.clear();
      },
    });
    await says(page, "No devices yet");
    await page.getByText("npx fogline fleet add-device pi-1 --hardware pi-5-8 --site headquarters").waitFor();
    await page.getByText("npx fogline task run -- uname -a").waitFor();
    await page.getByText("Nothing has happened since the hub started.").waitFor();
  });
});

describe("a hub that is gone", () => {
  it("is said at once, with what was known last greyed out, and the page goes on by itself when it is back", async () => {
    const { hub, page } = await visit();
    await says(page, "9 devices, 9 online");
    await hub.vanish();
    await says(page, /^No news for \d+ s: .+ Below is what it said last; this page continues by itself\.$/);
    await page.getByText("hub gone").waitFor();
    await deviceRow(page, "pi-2").waitFor();
    await openButton(page, "device", "pi-2").click();
    await page.getByText("The hub does not answer; nothing can be changed now.").waitFor();
    const node = hub.world.nodes.get("pi-3");
    if (node !== undefined) hub.world.nodes.set("pi-3", { ...node, status: "offline", reason: "silent for 90 s: 3 heartbeats missed", version: 7 });
    await hub.comeBack();
    await says(page, /^9 devices, 8 online, 1 offline \(pi-3: silent for 90 s, /);
    await page.getByText("live", { exact: true }).waitFor();
    await hub.setNode("pi-3", { status: "online", reason: "it is back" });
    await says(page, "9 devices, 9 online");
  });

  it("that never was is waited for", async () => {
    const { hub, page } = await visit({ token: null });
    await page.context().addCookies([{ name: `fogline_session_${new URL(hub.url).port}`, value: "admin-token", url: hub.url }]);
    await page.route("**/api/auth/me", (route) => route.abort());
    await page.goto(`${hub.url}/?again`);
    await says(page, "The fleet cannot be shown now.");
    await page.unroute("**/api/auth/me");
    await says(page, "9 devices, 9 online");
    expect(await answer(page).count()).toBe(1);
  });
});
