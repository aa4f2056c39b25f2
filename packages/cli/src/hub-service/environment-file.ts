import { type ExposureOptions, exposureVariables } from "../exposure.ts";
import { type HubService, pathsOf } from "./service.ts";

/** Characters that systemd and compose read as they stand. Everything else is quoted, and what a quote cannot hold is refused. */
const plain = /^[A-Za-z0-9_@%+=:,./[\]-]*$/;

const line = (name: string, value: string): string => {
  if (/[\n\r\0'"\\$`]/.test(value)) throw new TypeError(`the value of ${name} has a character that an environment file cannot hold`);
  return `${name}=${plain.test(value) ? value : `"${value}"`}`;
};

const exposureLines = (exposure: ExposureOptions): string[] =>
  (Object.keys(exposureVariables) as (keyof ExposureOptions)[]).flatMap((key) => {
    const value = exposure[key];
    if (value === undefined) return [];
    return [line(exposureVariables[key], value === true ? "127.0.0.1/32,::1/128" : String(value))];
  });

/** Settings of the installed hub: each an option of `fogline up`, by its environment variable. */
export const environmentFile = (service: HubService): string => {
  return `${[
    "# Settings of the hub, written by `fogline hub install`; docs/production.md says what each does. A change counts after a restart.",
    ...exposureLines(service.exposure),
    line("FOGLINE_PORT", String(service.port)),
    line("FOGLINE_AGENT_PORT", String(service.agentPort)),
    line("FOGLINE_ORCHESTRATOR_PORT", String(service.orchestratorPort)),
    // Where git finds what `gitSettings` says.
    line("HOME", service.home),
  ].join("\n")}\n`;
};

/** What git is told in the hub's home: the repository may belong to whoever commits to it, and git reads another user's only when it is named. */
export const gitSettings = (service: HubService): string => {
  const repository = service.method === "compose" ? "/repository" : pathsOf(service).repository;
  return `# Written by \`fogline hub install\`.\n[safe]\n\tdirectory = "${repository.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"\n`;
};
