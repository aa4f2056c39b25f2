import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { openSecretInput } from "./secret-input.ts";

const open = (isTTY: boolean) => {
  const input = Object.assign(new PassThrough(), { isTTY });
  const shown: string[] = [];
  return { input, shown, secrets: openSecretInput(input, { write: (text) => shown.push(text) }) };
};

describe("a secret", () => {
  it("is a line of standard input for each question, and empty when there are no more", async () => {
    const { input, shown, secrets } = open(false);
    input.end("first\nsecond\n");
    expect(secrets.asks).toBe(false);
    expect(await secrets.ask("password: ", { hidden: true })).toBe("first");
    expect(await secrets.ask("again: ", { hidden: true })).toBe("second");
    expect(await secrets.ask("more: ", { hidden: true })).toBe("");
    expect(shown).toEqual([]);
  });

  it("that a person types is asked for and not shown; what is no secret is", async () => {
    const { input, shown, secrets } = open(true);
    const name = secrets.ask("user: ", { hidden: false });
    input.write("ada\r");
    expect(await name).toBe("ada");
    const password = secrets.ask("password: ", { hidden: true });
    input.write("a secret that is long\r");
    expect(await password).toBe("a secret that is long");
    const text = shown.join("");
    expect(text).toContain("user: ");
    expect(text).toContain("ada");
    expect(text).toContain("password: ");
    expect(text).not.toContain("secret");
    secrets.close();
  });
});
