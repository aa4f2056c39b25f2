import type { HostContext } from "./context.ts";
import type { HostFile } from "./file.ts";

/**
 * The keys of the user as whom people and provisioning sign in: those of the fleet file and no others, whatever an image or a person wrote there. Where the
 * fleet file states none, or the machine has a user of its own for it, its keys are nobody's business here.
 */
export const signInFiles = ({ fleet: { access }, device: { host } }: HostContext): readonly HostFile[] =>
  access.keys.length === 0 || host.ssh.user !== access.user
    ? []
    : [
        {
          path: "ssh/authorized_keys",
          from: "sign-in.ts signInFiles",
          notes: ["Root's on the machine, and replaced as a whole: what is not in `access.keys` of the fleet file opens nothing."],
          body: `${access.keys.join("\n")}\n`,
          install: { to: `~${access.user}/.ssh/authorized_keys`, how: "trial", mode: "0644", after: "nothing" },
        },
      ];
