import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

// What a hub needs beside its own code. In the published package it lies beside the bundle, in the checkout with its sources.

const beside = (name: string): string | undefined => {
  const path = fileURLToPath(new URL(name, import.meta.url));
  return existsSync(path) ? path : undefined;
};

/**
 * What Node is told where little memory counts for more than a little time. Left alone, the halves of the young generation grow to 32 MB each
 * under load and stay so; both programs have little that is young and make do with one or two.
 */
export const leanNode: readonly [string] = ["--max-semi-space-size=1"];

/** The program of this machine's agent. */
export const agentProgram = (): string => beside("agent.js") ?? fileURLToPath(import.meta.resolve("@fogline/agent/main"));

/** The program that simulates devices. */
export const simulationProgram = (): string => beside("simulation.js") ?? fileURLToPath(import.meta.resolve("@fogline/simulation/main"));

/** The folder of the built pages; undefined where they were not built. */
export const pagesFolder = (): string | undefined => beside("dashboard") ?? beside("../../../workloads/gateway/dashboard/dist");
