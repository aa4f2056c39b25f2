import { startHub } from "@fogline/embedded";
import { FoglineError } from "@fogline/findings";
import type { Context } from "../context.ts";
import { type ExposureOptions, exposureOf } from "../exposure.ts";
import { loadInputs } from "../inputs.ts";
import { loadFleet, renderFleet } from "../render.ts";

export interface UpOptions extends ExposureOptions {
  readonly port?: number;
  readonly agentPort?: number;
  readonly orchestratorPort?: number;
  readonly watch?: boolean;
  readonly simulate?: boolean;
  readonly agent?: boolean;
  readonly log?: boolean;
}

/** `fogline up`: runs the hub in this process until it is told to stop. Resolves when everything has stopped. */
export const upCommand = async ({ output, repository, dataFolder, environment, clock, random }: Context, options: UpOptions): Promise<void> => {
  const startedMs = clock.monotonicMs();
  output.line(`${output.colours.bold("fogline")} ${output.colours.dim(`repository ${repository}, data ${dataFolder}`)}`);
  const hub = await startHub({
    repository,
    dataFolder,
    clock,
    random,
    ...(options.port === undefined ? {} : { httpPort: options.port }),
    ...(options.agentPort === undefined ? {} : { agentPort: options.agentPort }),
    ...(options.orchestratorPort === undefined ? {} : { orchestratorPort: options.orchestratorPort }),
    exposure: exposureOf(options),
    watch: options.watch ?? false,
    simulate: options.simulate ?? true,
    localAgent: options.agent ?? true,
    logToStandardOutput: options.log ?? false,
    rerender: async (worktree) => {
      const { fleet, findings } = await loadFleet(worktree);
      const rendered = fleet === undefined ? undefined : renderFleet(fleet, (await loadInputs(worktree)).inputs);
      const problems = [...findings, ...(rendered?.findings ?? [])].filter(({ severity }) => severity === "error");
      if (rendered === undefined || problems.length > 0) throw new FoglineError("FL3012", "the fleet file has problems", { findings: problems });
      await worktree.replace(rendered.folders, rendered.files);
    },
    progress: (text) => output.line(`  ${output.colours.dim(text)}`),
  });
  watchParent(environment, () => void hub.stop("the process that started it is gone"));
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => void hub.stop(signal));
  const online = await hub.devicesOnline();
  output.value({
    ready: true,
    url: hub.url,
    link: hub.link,
    revision: hub.revision(),
    devices: online,
    startMs: Math.round(clock.monotonicMs() - startedMs),
  });
  output.line(
    `${output.colours.green("ready")} in ${formatSeconds(clock.monotonicMs() - startedMs)}: ${online.online} of ${online.declared} devices online, revision ${hub.revision() ?? "none"}`,
  );
  output.line(`  open    ${hub.link}`);
  output.line(`  again   npx fogline link`);
  output.line(`  try     npx fogline task run -- uname -a`);
  output.line(`  stop    Ctrl-C`);
  const reason = await hub.stopped;
  output.line(`stopped (${reason})`);
};

const formatSeconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

/** How often the parent is looked for: a killed npm must not leave a hub behind. */
const parentMs = 500;

/** Calls `gone` when the process that started this one ends without telling. Only where one is known to stand above: npm, or our own bin. */
const watchParent = (environment: Readonly<Record<string, string | undefined>>, gone: () => void): void => {
  if (environment.npm_lifecycle_event === undefined && environment.FOGLINE_PARENT === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    gone();
  }, parentMs);
  timer.unref();
};
