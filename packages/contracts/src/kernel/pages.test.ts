import { describe, expect, it } from "vitest";
import { everyPage, type Page } from "./pages.ts";

describe("all items of a paged list", () => {
  it("are asked for page by page, each after the one before", async () => {
    const pages: Record<string, Page<number>> = { first: { items: [1, 2], next: "b" }, b: { items: [], next: "c" }, c: { items: [3], next: null } };
    const asked: (string | undefined)[] = [];
    const items = await everyPage(async (after) => {
      asked.push(after);
      return pages[after ?? "first"] ?? { items: [], next: null };
    });
    expect(items).toEqual([1, 2, 3]);
    expect(asked).toEqual([undefined, "b", "c"]);
  });

  it("are none when the only page is empty", async () => {
    expect(await everyPage(async () => ({ items: [], next: null }))).toEqual([]);
  });

  it("are not given at all when a page fails", async () => {
    await expect(everyPage(() => Promise.reject(new Error("gone")))).rejects.toThrow("gone");
  });
});
