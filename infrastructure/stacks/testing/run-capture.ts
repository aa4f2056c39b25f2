/** Runs a stack with mocks in a process of its own, which fails as `pulumi` would have it fail, and prints the name of every resource asked for. */
import { argv } from "node:process";
import { type CaptureOptions, capture } from "./capture.ts";

const options = JSON.parse(argv[2] ?? "{}") as CaptureOptions;
const turns = (name: string): number => {
  console.log(name);
  return 0;
};
await capture({ ...options, turns });
