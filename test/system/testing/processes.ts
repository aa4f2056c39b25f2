import { readdirSync, readFileSync } from "node:fs";

/** The processes of this machine whose command line or environment names `text`, without this one. Zombies do not count. */
export const processesNaming = (text: string): { readonly pid: number; readonly command: string }[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((name) => {
      const command = read(`/proc/${name}/cmdline`).replaceAll("\0", " ");
      const named = command.includes(text) || read(`/proc/${name}/environ`).includes(text);
      return named && command !== "" ? [{ pid: Number(name), command }] : [];
    });

const read = (path: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
};
