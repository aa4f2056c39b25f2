import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { hostClock } from "../host/clock.ts";
import type { Source } from "./sources.ts";
import { type BundleParts, supportBundle } from "./support-bundle.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

const command = (path: string, ...words: [string, ...string[]]): Source => ({ path, from: { kind: "command", words } });

/** Unpacks a bundle with the tar of this machine. */
const bundle = async (parts: Partial<BundleParts>) => {
  const folder = mkdtempSync(join(tmpdir(), "fogline-bundle-"));
  folders.push(folder);
  const chunks: Uint8Array[] = [];
  const program = supportBundle(
    {
      ...{ device: "pi-1", agentVersion: "0.1.0", own: [{ path: "agent/log.txt", text: () => "connected\n" }], sources: [], withheld: undefined },
      ...{ bytesMax: 1_000_000, environment: { PATH: process.env.PATH ?? "" }, clock: hostClock },
      ...parts,
    },
    (_stream, bytes) => chunks.push(bytes),
  );
  const end = await program.ended;
  writeFileSync(join(folder, "bundle.tar.gz"), Buffer.concat(chunks));
  execFileSync("tar", ["xzf", "bundle.tar.gz"], { cwd: folder });
  const text = (path: string) => readFileSync(join(folder, "pi-1", path), "utf8");
  return {
    end,
    text,
    manifest: JSON.parse(text("manifest.json")) as { files: { path: string; cut: boolean; redactions: number }[]; missing: object[] },
  };
};

describe("a support bundle", () => {
  it("is an archive with a manifest, whatever a half broken device does not answer", async () => {
    const sources: Source[] = [
      command("a.txt", "echo", "hello"),
      command("b.txt", "no-such-program-here"),
      command("c.txt", "sh", "-c", "echo 'the bus is gone' >&2; exit 1"),
      { path: "d.txt", from: { kind: "file", path: "/no/such/file" } },
      command("e.txt", "sh", "-c", "echo 'degraded'; exit 3"),
    ];
    const { end, text, manifest } = await bundle({ sources });
    expect(end).toMatchObject({ exitCode: 0 });
    expect(manifest.files.map(({ path }) => path)).toEqual(["agent/log.txt", "a.txt", "e.txt"]);
    expect(text("a.txt")).toBe("hello\n");
    expect(text("e.txt")).toBe("degraded\n");
    expect(manifest.missing).toEqual([
      { path: "b.txt", from: "no-such-program-here", why: "there is no no-such-program-here here" },
      { path: "c.txt", from: "sh -c echo 'the bus is gone' >&2; exit 1", why: "the bus is gone" },
      { path: "d.txt", from: "/no/such/file", why: expect.stringContaining("ENOENT") },
    ]);
  });

  it("has only the agent's part where the device's user has not allowed more", async () => {
    const { manifest } = await bundle({ sources: [command("a.txt", "echo", "hello")], withheld: "nobody there has allowed it" });
    expect(manifest.files.map(({ path }) => path)).toEqual(["agent/log.txt"]);
    expect(manifest.missing).toEqual([{ path: "a.txt", from: "echo hello", why: "nobody there has allowed it" }]);
  });

  it("keeps the end of what is too long, stops when it is full, and says both", async () => {
    const sources = [command("long.txt", "seq", "1", "1000"), command("later.txt", "echo", "no room")];
    const { text, manifest } = await bundle({ sources, own: [], bytesMax: 100 });
    expect(text("long.txt")).toHaveLength(100);
    expect(text("long.txt").endsWith("999\n1000\n")).toBe(true);
    expect(manifest.files[0]).toMatchObject({ path: "long.txt", cut: true });
    expect(manifest.missing).toEqual([{ path: "later.txt", from: "echo no room", why: "the bundle was full" }]);
  });

  it("has no secret that a program printed", async () => {
    const { text, manifest } = await bundle({ sources: [command("a.txt", "echo", "joined with token=abc123")] });
    expect(text("a.txt")).toBe("joined with token=[redacted]\n");
    expect(manifest.files.find(({ path }) => path === "a.txt")?.redactions).toBe(1);
  });
});
