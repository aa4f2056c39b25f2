import type { State } from "../../live/state.ts";
import { deviceAddress, routes, taskAddress } from "../../route.ts";
import { byName, statusWord } from "../../text/format.ts";
import { wordsOfDevice, wordsOfTask } from "../../text/searched.ts";

/** Something that a search leads to. */
export interface Finding {
  readonly name: string;
  readonly about: string;
  readonly address: string;
}

/** Of each kind at most. */
const shownMax = 5;

/** Devices, tasks and pages that have the text anywhere in what is written of them. Those whose name begins with it come first. */
export const findEverything = ({ devices, tasks }: Pick<State, "devices" | "tasks">, text: string): readonly Finding[] => {
  const nodes = [...devices.values()].flatMap(({ node }) => (wordsOfDevice(node).includes(text) ? node : []));
  const first = (id: string): number => (id.startsWith(text) ? 0 : 1);
  nodes.sort((a, b) => first(a.id) - first(b.id) || byName(a.id, b.id));
  const found = [...tasks.values()].filter((task) => wordsOfTask(task).includes(text)).sort((a, b) => b.createdAtMs - a.createdAtMs);
  const pages = routes.filter(({ place, title, about }) => place !== "none" && `${title} ${about}`.toLowerCase().includes(text));
  return [
    ...nodes.slice(0, shownMax).map((node) => ({ name: node.id, about: `${node.site}, ${statusWord(node)}`, address: deviceAddress(node.id) })),
    ...found
      .slice(0, shownMax)
      .map(({ id, spec, status }) => ({ name: spec.command.join(" "), about: `${id}, ${status}`, address: taskAddress(id) })),
    ...pages.slice(0, shownMax).map(({ title, about, pattern }) => ({ name: title, about, address: pattern })),
  ];
};
