import { describe, expect, it } from "vitest";
import { answer, deviceRow, openButton, says, visits } from "./visit.ts";

const visit = visits();

describe("signing in", () => {
  it("exchanges the code of the link for cookies that scripts cannot read, and takes it out of the address", async () => {
    const { page } = await visit();
    await says(page, "9 devices");
    expect(page.url()).not.toContain("code");
    expect(await page.evaluate(() => document.cookie)).toBe("");
    const cookies = await page.context().cookies();
    expect(cookies.map(({ httpOnly, sameSite }) => [httpOnly, sameSite])).toEqual([
      [true, "Strict"],
      [true, "Strict"],
    ]);
  });

  it("is explained to a visitor without a session, and a link opened there signs in", async () => {
    const { hub, page } = await visit({ token: null });
    await says(page, "You are not signed in.");
    await page.getByText("npx fogline link").waitFor();
    await page.goto(hub.link());
    await says(page, "9 devices, 9 online");
  });

  it("with a code that is nobody's says so", async () => {
    const { hub, page } = await visit({ token: null });
    await page.goto(`${hub.url}/#code=guess`);
    await page.getByText("The link was not accepted: the name, password, code or token is not right (FL4002).").waitFor();
    expect(page.url()).not.toContain("guess");
  });

  it("without the right to see the fleet names the role that is missing", async () => {
    const { hub, page } = await visit({ token: null });
    const body = JSON.stringify({ detail: 'gitops.get needs the role "user", the caller has "node"', code: "FL4003" });
    await page.route("**/api/gitops", (route) => route.fulfill({ status: 403, contentType: "application/problem+json", body }));
    await page.goto(hub.link("user-token"));
    await says(page, "You may not see the fleet.");
    await page.getByText("You are signed in as uwe with the role user").waitFor();
  });

  it("lasts when the access token has ended: the page gets new ones and shows what it was asked for", async () => {
    const { hub, page } = await visit();
    await says(page, "9 devices");
    const port = new URL(hub.url).port;
    const refreshOnly = (await page.context().cookies(`${hub.url}/api/auth`)).filter(({ name }) => name === `fogline_refresh_${port}`);
    await page.context().clearCookies();
    await page.context().addCookies(refreshOnly);
    await page.reload();
    await says(page, "9 devices, 9 online");
    const names = (await page.context().cookies(`${hub.url}/api/auth`)).map(({ name }) => name);
    expect(names.toSorted()).toEqual([`fogline_access_${port}`, `fogline_refresh_${port}`]);
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
    const { hub, page } = await visit();
    await page.route("**/api/auth/me", (route) => route.abort());
    await page.goto(`${hub.url}/?again`);
    await says(page, "The fleet cannot be shown now.");
    await page.unroute("**/api/auth/me");
    await says(page, "9 devices, 9 online");
    expect(await answer(page).count()).toBe(1);
  });
});
