import { type ChildProcess, spawn } from "node:child_process";
import type { ProcessTrace } from "../ports.ts";

// A shell in a session of its own that knows what the agent started. It reads from a pipe that only the agent holds: when the agent ends, in
// whatever way, the pipe closes, and the guardian ends everything that is still on its list. It lives outside of every limit it enforces.
const script = `
set -f
trap '' HUP INT TERM
end_marked() {
  for pass in 1 2 3; do
    set +f
    for process in /proc/[0-9]*; do
      if tr '\\0' '\\n' < "$process/environ" | grep -qxF "$1"; then kill -KILL "\${process#/proc/}"; fi
    done
    set -f
  done
}
# Twice: what the client asked for before it was killed may come into being just after the first.
end_contained() {
  "$1" rm --force --volumes "$2"
  sleep 1
  "$1" rm --force --volumes "$2"
}
end_one() {
  group=$1; shift
  for folder in "$@"; do
    case $folder in *:*) continue ;; esac
    if [ -f "$folder/pids.max" ]; then echo 0 > "$folder/pids.max"; fi
    if [ -f "$folder/cgroup.kill" ]; then echo 1 > "$folder/cgroup.kill"; fi
  done
  kill -KILL -- "-$group"
  for folder in "$@"; do
    case $folder in
      execution:*) end_marked "FOGLINE_EXECUTION_ID=\${folder#*:}"; continue ;;
    esac
    case $folder in *:*) end_contained "\${folder%%:*}" "\${folder#*:}"; continue ;; esac
    passes=0; members=1
    while [ "$members" = 1 ] && [ "$passes" -lt 30 ]; do
      members=0; passes=$((passes + 1))
      if [ "$passes" -gt 20 ]; then sleep 1; fi
      while read -r id; do members=1; kill -KILL "$id"; done < "$folder/cgroup.procs"
    done
    rmdir "$folder" || { sleep 1; rmdir "$folder"; }
  done
}
set --
while IFS= read -r line; do
  case $line in
    "+ "*) set -- "$@" "\${line#+ }" ;;
    "- "*)
      count=$#
      while [ "$count" -gt 0 ]; do
        entry=$1; shift; count=$((count - 1))
        [ "$entry" = "\${line#- }" ] || set -- "$@" "$entry"
      done ;;
  esac
done
for entry in "$@"; do end_one $entry & done
wait
`;

export interface Guardian {
  /** Resolves when the guardian is certain to learn of the process, even if the agent ends right after. */
  watch(trace: ProcessTrace): Promise<void>;
  forget(trace: ProcessTrace): void;
  close(): Promise<void>;
}

/** What the guardian has to end, in one line. Only what no control group holds is searched for by its environment, which takes a while. */
const lineOf = ({ processGroup, controlGroups, executionId, container }: ProcessTrace): string => {
  const contained = container === undefined ? [] : [`${container.engine}:${container.name}`];
  const marked = controlGroups.length === 0 && container === undefined && !/\s/.test(executionId) ? [`execution:${executionId}`] : [];
  return [processGroup, ...contained, ...marked, ...controlGroups].join(" ");
};

/** Starts the guardian, which finds commands and container engines by `environment`, with the first process it has to watch, and again should it be killed. */
export const openGuardian = (environment: Readonly<Record<string, string>>): Guardian => {
  const watched = new Set<string>();
  let child: ChildProcess | undefined;
  let closed = false;

  const write = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const input = child?.stdin;
      if (input === null || input === undefined) reject(new Error("the guardian process could not be started"));
      else input.write(text, (error) => (error ? reject(error) : resolve()));
    });
  const begin = () => {
    const begun = spawn("/bin/sh", ["-c", script, "fogline-guardian"], {
      cwd: "/",
      detached: true,
      env: environment,
      stdio: ["pipe", "ignore", "ignore"],
    });
    child = begun;
    begun.unref();
    begun.stdin?.on("error", () => undefined);
    const lost = () => {
      if (child !== begun) return;
      child = undefined;
      if (!closed && watched.size > 0) begin();
    };
    begun.on("error", lost);
    begun.on("exit", lost);
    if (watched.size > 0) void write([...watched].map((line) => `+ ${line}\n`).join("")).catch(() => undefined);
  };

  return {
    watch: (trace) => {
      if (child === undefined) begin();
      const line = lineOf(trace);
      watched.add(line);
      return write(`+ ${line}\n`);
    },
    forget: (trace) => {
      const line = lineOf(trace);
      if (watched.delete(line) && child !== undefined) void write(`- ${line}\n`).catch(() => undefined);
    },
    close: () =>
      new Promise((resolve) => {
        closed = true;
        if (child === undefined) return resolve();
        child.once("exit", () => resolve());
        child.ref();
        child.stdin?.end();
      }),
  };
};
