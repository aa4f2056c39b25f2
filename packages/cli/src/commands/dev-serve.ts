import { devFolderIn, readState, serveDev } from "@fogline/dev-cluster";
import type { Context } from "../context.ts";

const lookEveryMs = 2_000;

/** What `fogline dev up` leaves running. Ends when it is told to, and when its folder was taken away. */
export const devServeCommand = async ({ dataFolder }: Context): Promise<void> => {
  const folder = devFolderIn(dataFolder);
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    end = () => {
      // Half a cluster is of no use: the kernel ends its programs with this process.
      if (readState(folder)?.phase !== "running") process.exit(0);
      resolve();
    };
  });
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, end);
  const look = setInterval(() => {
    if (readState(folder) === undefined) end();
  }, lookEveryMs);
  try {
    await serveDev(folder, ended);
  } finally {
    clearInterval(look);
  }
};
