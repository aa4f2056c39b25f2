import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const main = fileURLToPath(new URL("main.ts", import.meta.url));

it("ends quietly with its own exit code when nobody reads its output any more", async () => {
  const script = `{ "${process.execPath}" "${main}" --help; echo "exit $?" >&2; } | true`;
  const { stderr } = await promisify(execFile)("sh", ["-c", script]);
  expect(stderr).toBe("exit 0\n");
});
