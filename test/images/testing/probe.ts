/** Whether a dockerd starts here at all: the suites that need one say that they did not run where it does not. `bridge`: with networks of its own. */
import { argv, exit } from "node:process";
import { startDocker } from "./docker.ts";

try {
  const docker = await startDocker({ network: argv[2] === "bridge" ? "bridge" : "none" });
  await docker.stop();
} catch (thrown) {
  console.log(thrown instanceof Error ? thrown.message : String(thrown));
  exit(1);
}
