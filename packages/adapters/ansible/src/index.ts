export { acceptHostKey } from "./accept-host-key.ts";
export { type Counts, counted, noCounts, type Outcome, outcomes, type PlaybookEvent } from "./events.ts";
export { findAnsible, type Installation, linkCollection } from "./installation.ts";
export { hostKeysOf } from "./known-hosts.ts";
export { type Looked, lookAt } from "./look.ts";
export { endGroup, type PlaybookRun, runPlaybook } from "./playbook.ts";
export { run } from "./run.ts";
export { type SshTarget, sshFailure } from "./ssh-failure.ts";
export { taskFailure } from "./task-failure.ts";
