import { type Finding, FoglineError } from "@fogline/findings";
import type { Device, Fleet } from "@fogline/fleet";
import { differences, HOST_FOLDER, hostFiles, inventoryFile, inventoryPath } from "@fogline/gitops";
import type { Worktree } from "@fogline/worktree";
import { loadInputs } from "../inputs.ts";
import { refuseFor } from "../secret-store.ts";

/** Throws FL4092 unless what lies in bootstrap/generated for these devices is what the fleet renders: the roles read those files. */
export const refuseStaleFiles = async (worktree: Worktree, fleet: Fleet, devices: readonly Device[]): Promise<void> => {
  const { inputs, findings: problems } = await loadInputs(worktree);
  refuseFor(problems, "what is rendered beside the fleet file has errors, so nothing was done");
  const folders = devices.map(({ id }) => `${HOST_FOLDER}/${id}/`);
  const concerns = (path: string): boolean => path === inventoryPath || folders.some((folder) => path.startsWith(folder));
  const files = [...hostFiles(fleet, undefined, inputs.meshKeys), [inventoryPath, inventoryFile(fleet)] as const];
  const rendered = new Map(files.filter(([path]) => concerns(path)));
  const present = new Map([...(await worktree.files(HOST_FOLDER))].filter(([path]) => concerns(path)));
  const findings = differences(rendered, present).map((finding): Finding => ({ ...finding, code: "FL4092", severity: "error" }));
  if (findings.length > 0)
    throw new FoglineError("FL4092", "what the machines would get is not what the fleet renders, so nothing was done", { findings });
};
