import { devFolderIn, endDev, readState } from "@fogline/dev-cluster";
import type { Context } from "../context.ts";

/** `fogline dev down`: ends and removes what `fogline dev up` made, as it wrote it down. */
export const devDownCommand = async ({ output, dataFolder }: Context): Promise<void> => {
  const folder = devFolderIn(dataFolder);
  const state = readState(folder);
  if (state === undefined) {
    output.value({ removed: [] });
    output.line("there is no dev cluster");
    return;
  }
  const removed = await endDev(folder, state);
  output.value({ removed });
  output.line(`removed ${removed.join(", ")}`);
};
