import { execFileSync } from "node:child_process";
import { getGitOps, listServices, type Output } from "@fogline/contracts";
import { eventually } from "./eventually.ts";
import type { HubProcess } from "./hub.ts";
import type { Repository } from "./repository.ts";

export type GitOps = Output<(typeof getGitOps)["response"]>;

const git = (repository: Repository, ...args: string[]): string =>
  execFileSync("git", ["-c", "user.name=test", "-c", "user.email=test@example.org", ...args], { cwd: repository.path, encoding: "utf8" }).trim();

export const headOf = (repository: Repository): string => git(repository, "rev-parse", "HEAD");

/** Makes everything as it was in a revision, with a new commit where that is a change. Returns the newest revision. */
export const restore = (repository: Repository, revision: string): string => {
  git(repository, "rm", "-rqf", "--ignore-unmatch", ".");
  git(repository, "checkout", revision, "--", ".");
  if (git(repository, "status", "--porcelain") !== "") git(repository, "commit", "-qm", "as it was");
  return headOf(repository);
};

/** Renders the fleet file as it is on disk, commits everything and waits until the hub runs that. */
export const applyFleet = async (hub: HubProcess, repository: Repository, message: string): Promise<GitOps> => {
  repository.render();
  return applied(hub, repository.commit(message));
};

/** What the hub says when it runs this revision. */
export const applied = (hub: HubProcess, revision: string): Promise<GitOps> =>
  eventually(`revision ${revision} is applied`, async () => {
    const status = await hub.client.call(getGitOps, {});
    if (status.attemptedRevision === revision && status.refused.length > 0) throw new Error(`it was refused: ${JSON.stringify(status.refused)}`);
    return status.appliedRevision === revision && status;
  });

/** What the hub says when it has refused this revision. */
export const refused = (hub: HubProcess, revision: string): Promise<GitOps> =>
  eventually(`revision ${revision} is refused`, async () => {
    const status = await hub.client.call(getGitOps, {});
    if (status.appliedRevision === revision) throw new Error("it was applied");
    return status.attemptedRevision === revision && status.refused.length > 0 && status;
  });

/** The registered instances as `id version`, sorted. */
export const instances = async (hub: HubProcess): Promise<string[]> =>
  (await hub.client.call(listServices, {})).services.map(({ id, version }) => `${id} ${version}`).toSorted();
