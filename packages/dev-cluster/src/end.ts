import { endBackground } from "./background.ts";
import { removeMade } from "./containers/engine.ts";
import { type DevState, removeFolder } from "./state.ts";

/** Ends and removes all of a dev cluster, as it was written down. What was removed, for people. */
export const endDev = async (folder: string, state: DevState): Promise<string[]> => {
  await endBackground(state);
  const made = await removeMade(state.made);
  removeFolder(folder);
  return [...state.programs.map(({ name }) => name), ...made, folder];
};
