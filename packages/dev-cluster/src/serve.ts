import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { FoglineError, textOf } from "@fogline/findings";
import { fluxNamespace, sourceName } from "@fogline/manifests";
import { markOf, systemClock } from "@fogline/system";
import { Worktree, watchWorktree } from "@fogline/worktree";
import { choose, devNode } from "./chosen.ts";
import { startControlPlane } from "./control-plane.ts";
import { deviceResources, startFluxCluster } from "./flux-cluster.ts";
import { followedInstance } from "./followed-tree.ts";
import { startGitService } from "./git-service.ts";
import { nodeOf } from "./nodes.ts";
import type { Program } from "./program.ts";
import { serveRepository } from "./served-repository.ts";
import { type DevState, readState, servedName, stateFolders, writeState } from "./state.ts";

const lookEveryMs = 400;
const username = "flux";
const source = { apiVersion: "source.toolkit.fluxcd.io/v1", kind: "GitRepository", name: sourceName, namespace: fluxNamespace };

/** The state on disk, which this process alone changes once it runs. */
const openState = (folder: string) => {
  const first = readState(folder);
  if (first === undefined) throw new FoglineError("FL4183", `there is no dev cluster in ${folder}`);
  let state: DevState = first;
  const change = (fields: Partial<DevState>): void => {
    state = { ...state, ...fields };
    writeState(folder, state);
  };
  return {
    now: (): DevState => state,
    change,
    begin: (doing: string): void => change({ steps: [...state.steps, { doing, atMs: systemClock.now() }] }),
  };
};
type State = ReturnType<typeof openState>;

/** What a process in the background does until it is told to end. */
interface Background {
  /** Tells Flux that there is a commit. */
  nudge(): Promise<void>;
  stop(): Promise<void>;
}

const marked = (programs: readonly Program[]) => programs.map(({ name, pid }) => ({ name, ...markOf(pid) }));

/** Kubernetes without kubelets, and Flux, as children of this process. */
const startEmbedded = async (folder: string, state: State, url: string): Promise<Background> => {
  const { request } = state.now();
  const { cluster, tree, instance, machines } = await choose(request);
  state.begin("Kubernetes");
  const plane = await startControlPlane({ folder: join(folder, "plane") });
  try {
    state.change({
      kubeconfig: plane.kubeconfig,
      context: "embedded",
      nodes: machines.map((machine) => devNode(machine)),
      programs: marked(plane.programs()),
    });
    const { username: user = "", password = "" } = state.now().source ?? {};
    const devices = deviceResources(tree);
    const running = await startFluxCluster(plane, {
      nodes: machines.map((machine) => nodeOf(machine, { devices })),
      handOver: {
        cluster: cluster.name,
        instance: followedInstance(instance, cluster.name, url),
        ageKey: request.ageKeyFile === undefined ? "" : readFileSync(request.ageKeyFile, "utf8"),
        login: { stringData: { username: user, password } },
      },
      progress: state.begin,
    });
    state.change({ programs: marked([...plane.programs(), ...running.programs()]) });
    return {
      nudge: async () => {
        const annotations = { "reconcile.fluxcd.io/requestedAt": new Date(systemClock.now()).toISOString() };
        await plane.api.merge(source, { metadata: { annotations } });
      },
      stop: async () => {
        await running.stop();
        await plane.stop();
      },
    };
  } catch (thrown) {
    await plane.stop();
    throw thrown;
  }
};

/** Containers run by themselves; only their source is served from here, and asked of them at its interval. */
const inContainers: Background = { nudge: async () => undefined, stop: async () => undefined };

/**
 * The process of a dev cluster in the background: serves the commits of the repository, and is the cluster itself where that is embedded. Ends what it
 * started when `ended` resolves. Throws what kept it from starting, after it has written it down.
 */
export const serveDev = async (folder: string, ended: Promise<void>): Promise<void> => {
  const state = openState(folder);
  state.change({ process: markOf(process.pid) });
  const ends: (() => unknown)[] = [];
  try {
    const { request, reached = { address: "127.0.0.1", host: "127.0.0.1" } } = state.now();
    const login = { username, password: randomBytes(24).toString("base64url") };
    const git = await startGitService(stateFolders(folder).git, login, reached.address);
    ends.push(() => git.stop());
    const url = `http://${reached.host}:${git.port}/${servedName}`;
    const served = await serveRepository(stateFolders(folder).git, { ...request, source: url });
    await served.take();
    state.change({ source: { url, ...login } });
    const background = request.kind === "embedded" ? await startEmbedded(folder, state, url) : inContainers;
    ends.push(() => background.stop());
    const worktree = await Worktree.open(request.repository);
    let last: Promise<void> = Promise.resolve();
    const changed = (): void => {
      last = last
        .then(() => served.take())
        .then(({ commit, subject }) => {
          console.log(`serves ${commit.slice(0, 12)} ${subject}`);
          return background.nudge();
        })
        .catch((thrown: unknown) => console.log(textOf(thrown)));
    };
    ends.push(await watchWorktree(worktree, { clock: systemClock, everyMs: lookEveryMs, changed }));
    // A commit that came while the cluster started.
    changed();
    state.change({ phase: "running" });
    await ended;
  } catch (thrown) {
    const code = thrown instanceof FoglineError ? thrown.code : "FL4183";
    state.change({ phase: "failed", problem: { code, message: textOf(thrown) } });
    throw thrown;
  } finally {
    for (const end of ends.reverse()) await end();
  }
};
