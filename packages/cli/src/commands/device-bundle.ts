import { createWriteStream, renameSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import { FoglineError, textOf } from "@fogline/findings";
import { describeBytes } from "@fogline/units";
import type { Context } from "../context.ts";
import { runSession } from "../remote/session.ts";

export interface BundleOptions {
  readonly output?: string;
}

/** `fogline device support-bundle <device>`: what the device says of itself, as a tar.gz. A file that is there is whole. */
export const deviceBundleCommand = async (context: Context, id: string, options: BundleOptions): Promise<void> => {
  const { output, clock, workingFolder } = context;
  const name = `${id}-${new Date(clock.now()).toISOString().slice(0, 19).replaceAll(":", "-")}.tar.gz`;
  const path = resolve(workingFolder, options.output ?? name);
  const part = `${path}.part`;
  const file = createWriteStream(part, { mode: 0o600 });
  const broken = new Promise<never>((_, reject) => {
    file.once("error", (cause) => {
      reject(
        new FoglineError("FL4017", `${part} cannot be written: ${textOf(cause)}`, {
          remedy: "name a file that this user may write, with --output",
          cause,
        }),
      );
    });
  });
  let bytes = 0;
  const write = (chunk: Uint8Array) =>
    new Promise<void>((written) => {
      bytes += chunk.length;
      file.write(chunk, () => written());
    });
  const session = runSession(
    context.hubAddress(),
    `api/nodes/${encodeURIComponent(id)}/support-bundle`,
    {},
    {
      opened: () => undefined,
      bytes: (_stream, chunk) => write(chunk),
    },
  );
  try {
    const end = await Promise.race([session, broken]);
    if (end.exitCode !== 0) throw new FoglineError("FL4157", `the bundle of ${id} is not whole: ${end.reason}`);
    await new Promise<void>((closed) => file.end(() => closed()));
    renameSync(part, path);
  } catch (thrown) {
    file.destroy();
    rmSync(part, { force: true });
    throw thrown;
  }
  output.value({ device: id, file: path, bytes });
  output.line(`${path}  ${describeBytes(bytes)}`);
  output.line("  secrets were taken out as far as they look like some: read it before you hand it on. manifest.json says what is missing");
};
