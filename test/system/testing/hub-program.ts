import { parseArgs } from "node:util";
import { type GivenPorts, startHub } from "@fogline/embedded";
import { systemClock, systemRandom } from "@fogline/system";

/** `fogline up --json` with other ports than the shipped hub's: takes the same options and prints the same ready line. */
export const runHubProgram = async (ports: GivenPorts): Promise<void> => {
  const text = { type: "string", default: "" } as const;
  const { values } = parseArgs({
    allowNegative: true,
    options: {
      json: { type: "boolean" },
      repo: text,
      data: text,
      port: text,
      "agent-port": text,
      "orchestrator-port": text,
      simulate: { type: "boolean", default: true },
      agent: { type: "boolean", default: true },
    },
  });
  const hub = await startHub({
    repository: values.repo,
    dataFolder: values.data,
    httpPort: Number(values.port),
    agentPort: Number(values["agent-port"]),
    orchestratorPort: Number(values["orchestrator-port"]),
    clock: systemClock,
    random: systemRandom,
    watch: false,
    rerender: async () => undefined,
    simulate: values.simulate,
    localAgent: values.agent,
    logToStandardOutput: false,
    progress: () => undefined,
    ports,
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => void hub.stop(signal));
  const devices = await hub.devicesOnline();
  process.stdout.write(`${JSON.stringify({ ready: true, url: hub.url, revision: hub.revision(), devices }, undefined, 2)}\n`);
  await hub.stopped;
};
