export { type WatchOptions, watchWorktree } from "./watch.ts";
export { type Commit, type Source, Worktree } from "./worktree.ts";
