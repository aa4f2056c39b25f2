import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

// What a hub needs beside its own code. In the published package it lies beside the bundle, in the checkout with its sources.

const beside = (name: string): string | undefined => {
  const path = fileURLToPath(new URL(name, import.meta.url));
  return existsSync(path) ? path : undefined;
};

/** The program of this machine's agent. */
export const agentProgram = (): string => beside("agent.js") ?? fileURLToPath(import.meta.resolve("@fogline/agent/main"));

/** The program that simulates devices. */
export const simulationProgram = (): string => beside("simulation.js") ?? fileURLToPath(import.meta.resolve("@fogline/simulation/main"));

/** The folder of the built pages; undefined where they were not built. */
export const pagesFolder = (): string | undefined => beside("dashboard") ?? beside("../../../workloads/gateway/dashboard/dist");
