import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { openHub } from "./testing/hub.ts";

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});
const open = async (assets?: string) => {
  const hub = await openHub({}, assets === undefined ? {} : { assets });
  closing.push(() => hub.close());
  return hub;
};

describe("a read", () => {
  it("has a strong entity tag, and is answered with 304 to who has it already", async () => {
    const hub = await open();
    const first = await hub.api("/api/nodes");
    const tag = first.headers.get("etag") ?? "";
    expect(tag).toMatch(/^"[A-Za-z0-9_-]{27}"$/);
    expect(first.headers.get("cache-control")).toBe("private, no-cache");
    expect(first.headers.get("vary")).toBe("authorization, cookie");
    for (const names of [tag, `W/${tag}`, `"other", ${tag}`, "*"]) {
      const again = await hub.api("/api/nodes", { headers: { "if-none-match": names } });
      expect([names, again.status, await again.text(), again.headers.get("etag")]).toEqual([names, 304, "", tag]);
    }
    const other = await hub.api("/api/nodes", { headers: { "if-none-match": '"other"' } });
    expect([other.status, await other.text()]).toEqual([200, await first.text()]);
  });

  it("has another tag when the answer is another one", async () => {
    const hub = await open();
    const tagOf = async (path: string) => (await hub.api(path)).headers.get("etag");
    const before = await tagOf("/api/audit");
    await hub.api("/api/policies/p", { method: "DELETE" });
    expect(await tagOf("/api/audit")).not.toBe(before);
  });

  it("is answered to HEAD with the same head and no body", async () => {
    const hub = await open();
    const [get, head] = [await hub.api("/api/nodes"), await hub.api("/api/nodes", { method: "HEAD" })];
    expect([head.status, await head.text()]).toEqual([200, ""]);
    for (const name of ["etag", "content-type", "content-length"]) expect(head.headers.get(name)).toBe(get.headers.get(name));
  });

  it("alone may be kept by its caller: nothing else may by anybody", async () => {
    const hub = await open();
    for (const answer of [
      await hub.api("/api/policies/p", { method: "DELETE" }),
      await hub.api("/api/nowhere"),
      await fetch(`${hub.url}/api/nodes`),
      await fetch(`${hub.url}/session`),
    ]) {
      expect(answer.headers.get("cache-control")).toBe("no-store");
      expect(answer.headers.get("etag")).toBeNull();
    }
  });
});

describe("a page", () => {
  const openPages = async () => {
    const assets = await mkdtemp(join(tmpdir(), "fogline-assets-"));
    closing.push(() => rm(assets, { recursive: true }));
    await mkdir(join(assets, "assets"));
    await writeFile(join(assets, "index.html"), "<!doctype html><title>Fogline</title>");
    await writeFile(join(assets, "reference.html"), "<!doctype html><title>Fogline</title>");
    await writeFile(join(assets, "favicon.svg"), "<svg/>");
    await writeFile(join(assets, "assets", "index-Bx_9-kL2.js"), "export {};");
    return open(assets);
  };
  const html = { headers: { accept: "text/html,application/xhtml+xml,*/*;q=0.8" } };

  it.each([
    "/",
    "/topology",
    "/placements",
    "/devices/pi-1",
    "/tasks",
    "/tasks/t-1",
    "/deployments",
    "/events",
    "/audit",
    "/gitops",
    "/enrol",
    "/people",
    "/reference",
  ])("is at %s for who takes HTML", async (path) => {
    const hub = await openPages();
    const page = await fetch(hub.url + path, html);
    expect([page.status, page.headers.get("content-type"), page.headers.get("cache-control")]).toEqual([200, "text/html; charset=utf-8", "no-cache"]);
    expect(await page.text()).toContain("<title>Fogline</title>");
    expect(page.headers.get("content-security-policy")).toContain("script-src 'self'");
  });

  it("is not where there is none, for names of files, or for who takes no HTML", async () => {
    const hub = await openPages();
    for (const path of ["/nowhere", "/devices/pi-1.json", "/devices/pi-1/more", "/api/nowhere", "/assets/none.js"])
      expect([path, (await fetch(hub.url + path, html)).status]).toEqual([path, 404]);
    expect((await fetch(`${hub.url}/tasks`, { headers: { accept: "application/json" } })).status).toBe(404);
  });

  it("has files whose names carry a hash, which are kept for ever, and others that are asked for anew", async () => {
    const hub = await openPages();
    const cached = async (path: string) => (await fetch(hub.url + path)).headers.get("cache-control");
    expect(await cached("/assets/index-Bx_9-kL2.js")).toBe("public, max-age=31536000, immutable");
    expect(await cached("/favicon.svg")).toBe("no-cache");
  });
});
