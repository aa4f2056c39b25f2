import { describe, expect, it } from "vitest";
import { peopleServices } from "./people-services.ts";
import { detail, says, type VisitOptions, visits } from "./visit.ts";

const visit = visits();

const visitPeople = async (options: VisitOptions = {}) => {
  const services = peopleServices();
  return { services, ...(await visit({ path: "/people", answers: services.answers, ...options })) };
};

describe("letting somebody in", () => {
  it("shows the one-time link of the new user, to copy", async () => {
    const { hub, page, complaints } = await visitPeople();
    await says(page, "3 people may come in, 1 admin, 1 disabled");
    await page.getByRole("button", { name: "Let somebody in" }).click();
    await page.getByLabel("Name", { exact: true }).fill("barbara");
    await page.getByRole("button", { name: "Let in", exact: true }).click();
    await page.getByText(`${hub.url}/#code=flc_9Yw3kQ0vV5m7b2`, { exact: true }).waitFor();
    await says(page, "4 people may come in, 1 admin, 1 disabled");
    expect(complaints).toEqual([]);
  });

  it("under a name that is taken says so", async () => {
    const { page } = await visitPeople({ path: "/people#add=user" });
    await page.getByLabel("Name", { exact: true }).fill("uwe");
    await page.getByRole("button", { name: "Let in", exact: true }).click();
    await page.getByText('Nothing was made: a user named "uwe" exists (FL4005).').waitFor();
  });
});

describe("a user", () => {
  it("gets another role after asking once", async () => {
    const { page, services } = await visitPeople({ path: "/people#user=uwe" });
    const opened = detail(page, "uwe");
    await opened.getByRole("button", { name: "Make uwe an admin …" }).click();
    await opened.getByText("uwe may change devices and people from then on, and has to sign in anew.").waitFor();
    await opened.getByRole("button", { name: "Make uwe an admin", exact: true }).click();
    await says(page, "3 people may come in, 2 admins, 1 disabled");
    expect(services.users.get("uwe")?.role).toBe("admin");
  });

  it("that is the last admin cannot be kept out, and the page says why", async () => {
    const { page } = await visitPeople({ path: "/people#user=ada" });
    await page.getByRole("button", { name: "Keep ada out …" }).click();
    await page.getByRole("button", { name: "Keep ada out", exact: true }).click();
    await page.getByText('Nothing changed: "ada" is the last admin that can sign in (FL4005).').waitFor();
  });

  it("gets a new link", async () => {
    const { hub, page } = await visitPeople({ path: "/people#user=linus" });
    await page.getByRole("button", { name: "Make a link for linus …" }).click();
    await page.getByRole("button", { name: "Make a link for linus", exact: true }).click();
    await page.getByText(`${hub.url}/#code=flc_9Yw3kQ0vV5m7b2`, { exact: true }).waitFor();
  });

  it("is removed only after the name is typed", async () => {
    const { page, services } = await visitPeople({ path: "/people#user=uwe" });
    await page.getByRole("button", { name: "Remove uwe …" }).click();
    const remove = page.getByRole("button", { name: "Remove uwe", exact: true });
    expect(await remove.isDisabled()).toBe(true);
    await page.getByLabel("type uwe to go on").fill("uwe");
    await remove.click();
    await page.locator(".told").filter({ hasText: "uwe was removed." }).waitFor();
    expect(services.users.has("uwe")).toBe(false);
  });
});

describe("one's own account", () => {
  it("shows from where and with what one is signed in, and ends a session after asking", async () => {
    const { page, services } = await visitPeople();
    const table = page.getByRole("table", { name: "Your open sessions" });
    await table.getByRole("row", { name: "192.0.2.7" }).getByText("Firefox on Linux, this browser").waitFor();
    await table.getByRole("button", { name: "End it …" }).click();
    await table.getByText("Whoever uses Chrome on Android at 198.51.100.20 has to sign in anew.").waitFor();
    await table.getByRole("button", { name: "End it", exact: true }).click();
    await page.locator(".told").filter({ hasText: "the session from 198.51.100.20 has ended." }).waitFor();
    expect([...services.sessions.keys()]).toEqual(["s-1", "s-3"]);
  });

  it("changes its password when the present one is right", async () => {
    const { page, services } = await visitPeople();
    await page.getByLabel("Present password").fill("wrong");
    await page.getByLabel("New password").fill("short");
    await page.getByRole("button", { name: "Change it" }).click();
    await page.getByText("at least 12 characters; this has 5").waitFor();
    await page.getByLabel("New password").fill("a few plain words");
    await page.getByRole("button", { name: "Change it" }).click();
    await page.getByText("Nothing changed: the current password is not right (FL4002).").waitFor();
    await page.getByLabel("Present password").fill("old password 12");
    await page.getByRole("button", { name: "Change it" }).click();
    await page.getByText("the password was changed, and your other sessions ended.").waitFor();
    expect(services.passwords.get("ada")).toBe("a few plain words");
  });

  it("is all that others than admins see", async () => {
    const { page, complaints } = await visitPeople({ token: "user-token" });
    await says(page, "You are signed in as uwe, with 1 open session");
    expect(await page.getByRole("button", { name: "Let somebody in" }).count()).toBe(0);
    expect(complaints).toEqual([]);
  });
});
