import { Argument, type Command, Option } from "commander";
import { linkCommand } from "./commands/link.ts";
import { loginCommand, logoutCommand } from "./commands/login.ts";
import { sessionListCommand, sessionRevokeCommand } from "./commands/session.ts";
import { userAddCommand, userAdmissionCommand, userListCommand, userPasswordCommand, userRemoveCommand, userRoleCommand } from "./commands/user.ts";
import type { Context } from "./context.ts";

/** Who may come in, and who is signed in. */
export const addPeopleCommands = (program: Command, here: (command: Command) => Context): void => {
  const roles = ["admin", "user"];
  const user = program.command("user").description("who may come in");
  user
    .command("list")
    .description("every user with role and last sign-in")
    .action((_, command: Command) => userListCommand(here(command)));
  user
    .command("add <name>")
    .description("let somebody in; prints a link that signs in once")
    .addOption(new Option("--role <role>", "what the user may do (default: user)").choices(roles))
    .action((name: string, options, command: Command) => userAddCommand(here(command), name, options));
  user
    .command("role")
    .description("give a user another role, admin or user, and end the user's sessions")
    .argument("<name>")
    .addArgument(new Argument("<role>").choices(roles))
    .action((name: string, role: "admin" | "user", _, command: Command) => userRoleCommand(here(command), name, role));
  for (const [word, description, disabled] of [
    ["disable", "keep a user out and end the user's sessions", true],
    ["enable", "let a user in again", false],
  ] as const) {
    user
      .command(`${word} <name>`)
      .description(description)
      .action((name: string, _, command: Command) => userAdmissionCommand(here(command), name, disabled));
  }
  user
    .command("remove <name>")
    .description("remove a user and end the user's sessions")
    .action((name: string, _, command: Command) => userRemoveCommand(here(command), name));
  user
    .command("password [name]")
    .description("set a password, one's own without a name; asked for, or read from standard input")
    .action((name: string | undefined, _, command: Command) => userPasswordCommand(here(command), name));

  const session = program.command("session").description("who is signed in");
  session
    .command("list")
    .description("open sessions: one's own, for an admin everybody's")
    .option("--user <name>", "those of one user")
    .action((options, command: Command) => sessionListCommand(here(command), options));
  session
    .command("revoke <session>")
    .description("end a session at once")
    .action((id: string, _, command: Command) => sessionRevokeCommand(here(command), id));
};

/** Signing in and out, and the host's own way in. */
export const addSignInCommands = (program: Command, here: (command: Command) => Context): void => {
  program
    .command("login [link]")
    .description("sign in at the hub that --url names, with a password or a sign-in link, for further commands")
    .option("--user <name>", "who signs in with a password, which is asked for or read from standard input")
    .action((link: string | undefined, options, command: Command) => loginCommand(here(command), link, options));
  program
    .command("logout")
    .description("end the session at the hub that --url names, and forget it")
    .action((_, command: Command) => logoutCommand(here(command)));
  program
    .command("link")
    .description("print a link that signs a browser in, once, within an hour")
    .option("--user <name>", "whom it signs in (default: whoever asks)")
    .action((options, command: Command) => linkCommand(here(command), options));
  program
    .command("admin")
    .description("the hub's own access, on the hub's machine")
    .command("recover")
    .description("make the host's token anew and print a link: the way back in when no admin can sign in")
    .action(async (_, command: Command) => (await import("./commands/admin.ts")).adminRecoverCommand(here(command)));
};
