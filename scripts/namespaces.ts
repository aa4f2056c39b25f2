import { spawnSync } from "node:child_process";

/** Namespaces for what lays bridges, mounts and rules of a firewall: there they are nobody else's, and end with the command. */
export const targetNamespaces: readonly string[] = ["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];

/** What stands before a command that is run in namespaces of its own; its loopback is up. */
export const inNamespaces = (namespaces: readonly string[]): readonly string[] => [
  "unshare",
  ...namespaces,
  "sh",
  "-c",
  'ip link set lo up && exec "$@"',
  "sh",
];

/** Whether this machine gives out namespaces: to root it does, where a container does not forbid it. */
export const mayUnshare = (): boolean => {
  const [program = "", ...args] = inNamespaces(["--net"]);
  return spawnSync(program, [...args, "true"]).status === 0;
};
