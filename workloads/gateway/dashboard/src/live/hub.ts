import type { Activity, DeviceState, EdgeMetrics, GitOpsStatus, NodeRecord, Session, SignedIn, TaskRecord } from "@fogline/contracts";
import { takeCode } from "./address.ts";
import { type Answer, ask, type Refused } from "./http.ts";
import { listNodes, listTasks } from "./lists.ts";
import { forgetTokens, renewInTime } from "./renewal.ts";
import type { Store } from "./state.ts";

const retryMs = 2_000;
/** After this long without a word, the page asks whether the hub is there: a broken line need not close. */
const quietMs = 20_000;
/** A page that nobody looks at lets go of its streams after this long, so that agents do not sample for it. */
const hiddenMs = 30_000;

const newestTasks = 100;
const openTasksMax = 500;

/** One event of the hub. `reset` means that events were missed: whoever keeps something reads it anew. */
export interface Change {
  readonly name: string;
  readonly atMs: number;
  readonly data: unknown;
}

/**
 * Keeps the store like the hub: first the lists, then every change. A `reset` means that changes were missed, so the lists are read anew.
 * When the hub is gone the store says since when, and this tries again until it is back.
 */
export class Hub {
  readonly #store: Store;
  #changes: EventSource | undefined;
  #activity: EventSource | undefined;
  #retry = 0;
  #refusedLink: string | null = null;
  #heardAtMs = 0;
  #hidden = 0;
  #listing: Promise<void> | undefined;
  #listAgain = false;
  readonly #followers = new Set<(change: Change) => void>();

  constructor(store: Store) {
    this.#store = store;
  }

  async start(): Promise<void> {
    setInterval(() => void this.#checkQuiet(), retryMs);
    document.addEventListener("visibilitychange", () => this.#visibility());
    // A sign-in link that is opened where the page already is only changes the fragment.
    addEventListener("hashchange", () => void this.#enter(takeCode()));
    renewInTime();
    const code = takeCode();
    await (code === null ? this.#open() : this.#enter(code));
  }

  /** Opens a session with a name and a password. Answers why not, in a sentence, or null. */
  readonly signIn = async (name: string, password: string): Promise<string | null> => {
    const answer = await ask<Session>("POST", "/api/auth/signin", { name, password });
    if (!answer.ok) return answer.message;
    this.#store.set({ phase: "loading", problem: null, byLink: false });
    await this.#open();
    return null;
  };

  readonly signOut = async (): Promise<Answer<unknown>> => {
    // First, because the hub ends the streams of a session that ended, which is no news here.
    this.#close();
    const answer = await ask("POST", "/api/auth/signout", {});
    if (!answer.ok) {
      void this.#open();
      return answer;
    }
    forgetTokens();
    this.#refusedLink = null;
    this.#store.forget();
    return answer;
  };

  /** Tells of every event until the returned function is called: for what only one page shows and the store does not keep. */
  readonly onChange = (follower: (change: Change) => void): (() => void) => {
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  };

  /** Stops or resumes placing tasks on a device. Answers what happened, in a sentence. */
  readonly drainNode = async (id: string, draining: boolean): Promise<Answer<NodeRecord>> => {
    const answer = await ask<NodeRecord>("POST", `/api/nodes/${encodeURIComponent(id)}/drain`, { draining });
    if (answer.ok) this.#store.putNode(id, answer.value);
    return answer;
  };

  async #enter(code: string | null): Promise<void> {
    if (code === null) return;
    clearTimeout(this.#retry);
    this.#refusedLink = null;
    const answer = await ask<Session>("POST", "/api/auth/signin", { code });
    if (answer.ok) {
      this.#store.set({ byLink: true });
      return this.#open();
    }
    // Kept, because a check of the session that is still under way must not hide why the link did not work.
    this.#refusedLink = answer.message;
    this.#store.set({ phase: answer.status === 0 ? "failed" : "signed-out", problem: answer.message });
  }

  async #open(): Promise<void> {
    clearTimeout(this.#retry);
    const session = await ask<SignedIn>("GET", "/api/auth/me");
    if (!session.ok) return this.#failed(session);
    this.#store.set({ principal: session.value });
    // A stream that is refused does not tell why, so a question that needs the same role goes first.
    const allowed = await ask<GitOpsStatus>("GET", "/api/gitops");
    if (!allowed.ok && (allowed.status === 401 || allowed.status === 403)) return this.#failed(allowed);
    this.#follow();
  }

  #failed({ status, message }: Refused): void {
    if (status === 401 || status === 403) {
      this.#close();
      this.#store.set(status === 401 ? { phase: "signed-out", problem: this.#refusedLink } : { phase: "forbidden", problem: message });
      return;
    }
    this.#gone(message);
    this.#retryLater();
  }

  #gone(message: string): void {
    const { phase, goneSinceMs } = this.#store.state;
    const seen = phase === "live";
    this.#store.set({ goneSinceMs: goneSinceMs ?? this.#store.now(), problem: message, phase: seen ? "live" : "failed" });
  }

  #retryLater(): void {
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => void this.#open(), retryMs);
  }

  #close(): void {
    this.#changes?.close();
    this.#activity?.close();
    this.#changes = undefined;
    this.#activity = undefined;
  }

  /** Opens the streams. The first item is a reset, so the lists follow. */
  #follow(): void {
    this.#close();
    this.#heardAtMs = Date.now();
    const changes = new EventSource("/api/changes?samples=true");
    changes.onmessage = ({ data }: MessageEvent<string>) => {
      this.#heard();
      this.#apply(JSON.parse(data) as Change);
    };
    changes.onopen = () => this.#heard();
    const openedAtMs = Date.now();
    // Every broken stream is opened anew from here, because the browser gives up for good when it is answered with an error. One that lasted may
    // only have outlived its access token, so the hub counts as gone when it does not answer either.
    changes.onerror = () => {
      this.#close();
      if (Date.now() - openedAtMs > retryMs) return void this.#open();
      this.#gone("the connection to the hub was lost");
      this.#retryLater();
    };
    this.#changes = changes;
    const activity = new EventSource("/api/activity");
    activity.onmessage = ({ data, lastEventId }: MessageEvent<string>) =>
      this.#store.addLine({ ...(JSON.parse(data) as Activity), cursor: lastEventId });
    this.#activity = activity;
  }

  #heard(): void {
    this.#heardAtMs = Date.now();
  }

  #apply(change: Change): void {
    const { name, atMs, data } = change;
    const store = this.#store;
    for (const follower of this.#followers) follower(change);
    if (name === "reset") {
      store.skewMs = atMs - Date.now();
      void this.#list();
    } else if (name === "nodes.changed") {
      const { id, node } = data as { id: string; node: NodeRecord | null };
      store.putNode(id, node);
    } else if (name === "nodes.sampled") {
      const { id, state, metrics } = data as { id: string; state: DeviceState; metrics?: EdgeMetrics };
      store.sample(id, state, metrics);
    } else if (name === "tasks.changed") {
      store.putTask((data as { task: TaskRecord }).task);
    } else if (name === "gitops.changed") {
      store.set({ gitops: data as GitOpsStatus });
    }
  }

  /** Reads every list; asked again meanwhile, reads once more afterwards, because the first answers may be older than the request. */
  #list(): Promise<void> {
    if (this.#listing !== undefined) {
      this.#listAgain = true;
      return this.#listing;
    }
    this.#listing = this.#readLists().finally(() => {
      this.#listing = undefined;
      if (!this.#listAgain) return;
      this.#listAgain = false;
      void this.#list();
    });
    return this.#listing;
  }

  async #readLists(): Promise<void> {
    const [nodes, gitops, ...tasks] = await Promise.all([
      listNodes(),
      ask<GitOpsStatus>("GET", "/api/gitops"),
      listTasks("", newestTasks),
      // What runs or waits may be older than the newest.
      ...["running", "assigned", "queued"].map((status) => listTasks(`status=${status}&`, openTasksMax)),
    ]);
    if (!nodes.ok) return this.#failed(nodes);
    this.#store.listNodes(nodes.value);
    if (tasks.every((list) => list !== undefined)) this.#store.listTasks(tasks.flat());
    if (gitops.ok) this.#store.set({ gitops: gitops.value });
    this.#store.set({ phase: "live", problem: null, goneSinceMs: null });
  }

  async #checkQuiet(): Promise<void> {
    if (this.#changes === undefined || Date.now() - this.#heardAtMs < quietMs) return;
    const session = await ask<SignedIn>("GET", "/api/auth/me");
    if (session.ok) return this.#heard();
    this.#close();
    this.#failed(session);
  }

  #visibility(): void {
    clearTimeout(this.#hidden);
    if (document.hidden) this.#hidden = setTimeout(() => this.#close(), hiddenMs);
    else if (this.#changes === undefined && this.#store.state.phase === "live") void this.#open();
  }
}
