import { readFileSync } from "node:fs";
import { codes } from "@fogline/findings";
import { expect, it } from "vitest";

it("docs/diff.md has one section for each risk, with an example of its message, and for no other", () => {
  const text = readFileSync(new URL("../../../../../docs/diff.md", import.meta.url), "utf8");
  const documented = [...text.matchAll(/^### (FL\d{4})\n([\s\S]*?)(?=^##)/gm)].map(([, code = "", section = ""]) => ({ code, section }));
  // FL5000 is no risk: it says that there is nothing to compare with.
  const risks = Object.keys(codes).filter((code) => code.startsWith("FL50") && code !== "FL5000");
  expect(documented.map(({ code }) => code)).toEqual(risks);
  for (const { code, section } of documented) expect(section).toContain(`\n> ${code} `);
});
