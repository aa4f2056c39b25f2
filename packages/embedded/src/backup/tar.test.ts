import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isPlainPath, readTar, tarEnd, tarHeader, tarPadding } from "./tar.ts";

const packed = (files: readonly (readonly [string, Buffer])[]): Buffer =>
  Buffer.concat([
    ...files.flatMap(([path, bytes]) => [tarHeader({ path, bytes: bytes.length }, 1_700_000_000), bytes, tarPadding(bytes.length)]),
    tarEnd(),
  ]);

/** Reads an archive that comes in pieces of `pieceBytes`. */
const unpacked = async (archive: Buffer, pieceBytes: number): Promise<[string, Buffer][]> => {
  const files: [string, Buffer][] = [];
  const pieces = async function* () {
    for (let at = 0; at < archive.length; at += pieceBytes) yield archive.subarray(at, at + pieceBytes);
  };
  let open: { path: string; chunks: Buffer[] } | undefined;
  await readTar(pieces(), {
    begin: ({ path }) => {
      open = { path, chunks: [] };
    },
    data: (chunk) => open?.chunks.push(Buffer.from(chunk)),
    end: () => {
      if (open) files.push([open.path, Buffer.concat(open.chunks)]);
      open = undefined;
    },
  });
  return files;
};

const header = (path: string, change: (header: Buffer) => void): Buffer => {
  const made = tarHeader({ path, bytes: 0 }, 0);
  change(made);
  made.fill(" ", 148, 156);
  made.write(
    `${made
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, "0")}\0 `,
    148,
    "latin1",
  );
  return Buffer.concat([made, tarEnd()]);
};

describe("an archive", () => {
  it("gives back what was put in, in whatever pieces it comes", async () => {
    const path = fc.stringMatching(/^[a-z][a-z0-9._-]{0,20}(\/[a-z][a-z0-9._-]{0,20}){0,3}$/).filter(isPlainPath);
    const bytes = fc.uint8Array({ maxLength: 1_600 }).map((array) => Buffer.from(array));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(path, bytes), { maxLength: 6 }), fc.integer({ min: 1, max: 2_000 }), async (files, pieceBytes) => {
        expect(await unpacked(packed(files), pieceBytes)).toEqual(files);
      }),
    );
  });

  it("is one that the system's tar lists and unpacks", () => {
    const archive = packed([
      ["manifest.json", Buffer.from("{}")],
      ["data/gateway.sqlite", Buffer.alloc(70_000, 7)],
    ]);
    const tar = (...args: string[]) => execFileSync("tar", [...args, "-f", "-"], { input: archive, maxBuffer: 1_000_000 });
    expect(tar("--list").toString().trim().split("\n")).toEqual(["manifest.json", "data/gateway.sqlite"]);
    expect(execFileSync("tar", ["--extract", "--to-stdout", "-f", "-", "data/gateway.sqlite"], { input: archive })).toEqual(Buffer.alloc(70_000, 7));
  });

  it("is refused when a name leads out of its folder, a file is a link, a sum is wrong, or it ends early", async () => {
    for (const name of ["../evil", "/etc/passwd", "data/../../evil", "data//x", "a\\b", ""]) {
      await expect(
        unpacked(
          header("x", (made) => void made.fill(0, 0, 100).write(name, 0)),
          512,
        ),
      ).rejects.toThrow("is not one of a backup");
    }
    const link = header("link", (made) => void made.write("2", 156));
    await expect(unpacked(link, 512)).rejects.toThrow('"link" is no plain file');
    const negative = header("x", (made) => void made.write("-0000000001", 124));
    await expect(unpacked(negative, 512)).rejects.toThrow("the size of x is none");
    const whole = packed([["a", Buffer.from("text")]]);
    const changed = Buffer.from(whole);
    changed[3] = 0x41;
    await expect(unpacked(changed, 512)).rejects.toThrow("checksum");
    for (const end of [0, 400, 700, 1_024]) await expect(unpacked(whole.subarray(0, end), 512)).rejects.toThrow("ends before its end");
  });
});
