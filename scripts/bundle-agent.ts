/** `bundle-agent.ts <folder>`: lays the agent of a device into a folder, as its container image has it. nix/agent.nix builds it so. */
import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { argv, exit } from "node:process";
import { bundleWorkload } from "../images/bundle.ts";

const [folder, ...rest] = argv.slice(2);
if (folder === undefined || rest.length > 0) {
  console.error("bundle-agent.ts needs one folder. fix: node scripts/bundle-agent.ts <folder>");
  exit(2);
}
mkdirSync(folder, { recursive: true });
const packages = await bundleWorkload("agent", resolve(folder));
console.log(`the agent, of ${packages.length} packages, is in ${folder}`);
