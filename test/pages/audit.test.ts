import { describe, expect, it } from "vitest";
import { auditOf, auditServices } from "./audit-services.ts";
import { says, type VisitOptions, visits } from "./visit.ts";

const visit = visits();

const visitAudit = async (options: VisitOptions = {}, services = auditServices()) => ({
  services,
  ...(await visit({ path: "/audit", answers: services.answers, ...options })),
});

describe("the audit", () => {
  it("says whether the chain is whole, and notes its head", async () => {
    const { page, complaints } = await visitAudit();
    await says(page, /^5 entries, the chain is whole; head [0-9a-f]{12}$/);
    await page.getByText("npx fogline audit export --file audit.ndjson").waitFor();
    expect(complaints).toEqual([]);
  });

  it("says where the chain breaks when it is checked again", async () => {
    const { page, services } = await visitAudit();
    await says(page, "the chain is whole");
    services.broken = { sequence: 3, why: "its hash is not that of its content" };
    await page.getByRole("button", { name: "Check again" }).click();
    await says(page, "5 entries, the chain is broken at entry 3: its hash is not that of its content");
    await page.getByRole("alert").getByText("An entry was altered, removed or put in later.").waitFor();
  });

  it("shows each change once with how it went, and what was cut off as such", async () => {
    const { page } = await visitAudit();
    const rows = page.getByRole("table").getByRole("row");
    await page.getByRole("row", { name: /grace.+nodes\.remove.+gate-phone.+2001:db8::17.+cut off, result not known/ }).waitFor();
    await page.getByRole("row", { name: /users\.remove.+refused \(409 FL4005\)/ }).waitFor();
    await page.getByRole("row", { name: /nodes\.drain.+pi-2.+done/ }).waitFor();
    expect(await rows.count()).toBe(4);
  });

  it("does not call cut off what may still be under way", async () => {
    const { page } = await visitAudit(
      {},
      auditServices((nowMs) => auditOf(nowMs + 590_000)),
    );
    await page.getByText("under way").waitFor();
  });

  it("is narrowed by who, what and to what, in the address", async () => {
    const { page } = await visitAudit();
    await page.getByRole("button", { name: "grace" }).click();
    await page.getByText("nodes.drain").waitFor({ state: "detached" });
    expect(new URL(page.url()).hash).toBe("#principal=grace");
    await page.reload();
    await page.getByRole("button", { name: "gate-phone" }).waitFor();
    await page.getByLabel("What", { exact: true }).fill("users.create");
    await page.getByText("No change is like that.").waitFor();
    await page.getByRole("button", { name: "Show all changes" }).click();
    await page.getByText("nodes.drain").waitFor();
  });

  it("goes back page by page; a change whose outcome is on the page before is not shown again as cut off", async () => {
    const { page } = await visitAudit(
      {},
      auditServices((nowMs) => auditOf(nowMs, 100)),
    );
    await page.getByRole("button", { name: "Older" }).click();
    await page.waitForFunction(() => location.hash === "#before=106");
    await page.getByText("cut off, result not known").waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Older" }).click();
    await page.getByText("This is the end of the list.").waitFor();
    await page.getByRole("button", { name: "Newest" }).click();
    await page.getByText("cut off, result not known").waitFor();
  });

  it("is for admins: others are told so, and asked for nothing", async () => {
    const { page } = await visitAudit({ token: "user-token" });
    await says(page, "Only admins may see who changed what.");
    await page.getByText("You are signed in as uwe with the role user.").waitFor();
  });
});
