import { createUser, everyPage, listUsers, removeUser, setPassword, type User, updateUser, whoAmI } from "@fogline/contracts";
import { FoglineError } from "@fogline/findings";
import { formatDurationMs } from "@fogline/units";
import type { Context } from "../context.ts";
import { type Column, dateText } from "../output.ts";
import { openSecretInput, type SecretInput } from "../secret-input.ts";
import { linkText } from "./link.ts";

const columns: Column<User>[] = [
  { title: "USER", text: ({ name }) => name },
  { title: "ROLE", text: ({ role }) => role },
  { title: "SIGNS IN WITH", text: (user) => waysOf(user) },
  { title: "LAST SIGN-IN", text: ({ lastSignInAtMs }) => (lastSignInAtMs === null ? "never" : dateText(lastSignInAtMs)) },
];

const waysOf = ({ disabled, external, hasPassword }: User): string => {
  if (disabled) return "kept out";
  if (external) return "identity provider";
  return hasPassword ? "password" : "links only";
};

/** `fogline user list`. */
export const userListCommand = async ({ output, hub }: Context): Promise<void> => {
  const client = hub();
  const users = await everyPage(async (after) => {
    const page = await client.call(listUsers, after === undefined ? {} : { after });
    return { items: page.users, next: page.next };
  });
  output.value({ users });
  output.line(`${users.length} users, ${users.filter(({ role, disabled }) => role === "admin" && !disabled).length} admins`);
  output.table(users, columns);
};

/** `fogline user add <name> [--role <role>]`. */
export const userAddCommand = async (context: Context, name: string, { role = "user" }: { readonly role?: "admin" | "user" }): Promise<void> => {
  const { output, hub, hubUrl, clock } = context;
  const { user, link } = await hub().call(createUser, { name, role });
  const address = linkText(hubUrl(), link.code);
  output.value({ user, link: address, expiresAtMs: link.expiresAtMs });
  output.line(`${name} may come in as ${role}. This link signs in once, within ${formatDurationMs(roundedMs(link.expiresAtMs - clock.now()))}:`);
  output.line(`  ${address}`);
  output.line(`next: fogline user password ${name}, or the page People after the link was opened`);
};

/** `fogline user role <name> <role>`. */
export const userRoleCommand = async ({ output, hub }: Context, name: string, role: "admin" | "user"): Promise<void> => {
  const user = await hub().call(updateUser, { name, role });
  output.value({ user });
  output.line(`${name} is ${role}; sessions with another role have ended`);
};

/** `fogline user disable <name>` and `enable <name>`. */
export const userAdmissionCommand = async ({ output, hub }: Context, name: string, disabled: boolean): Promise<void> => {
  const user = await hub().call(updateUser, { name, disabled });
  output.value({ user });
  output.line(disabled ? `${name} is kept out and signed out everywhere. undo: fogline user enable ${name}` : `${name} may come in again`);
};

/** `fogline user remove <name>`. */
export const userRemoveCommand = async ({ output, hub }: Context, name: string): Promise<void> => {
  const { removed } = await hub().call(removeUser, { name });
  output.value({ removed });
  output.line(removed ? `${name} is removed and signed out everywhere` : `there was no user ${name}`);
};

/** `fogline user password [name]`: one's own without a name. */
export const userPasswordCommand = async ({ output, hub }: Context, named: string | undefined): Promise<void> => {
  const client = hub();
  const caller = await client.call(whoAmI, {});
  const name = named ?? caller.name;
  const input = openSecretInput(process.stdin, process.stderr);
  try {
    const password = await newPassword(input, name);
    // An admin needs no current password; for others the hub asks for it where there is one.
    const current = caller.role === "admin" ? "" : await input.ask(`current password of ${name} (empty for none): `, { hidden: true });
    await client.call(setPassword, { name, password, ...(current === "" ? {} : { current }) });
  } finally {
    input.close();
  }
  output.value({ changed: name });
  output.line(`${name} has a new password; other sessions of ${name} have ended`);
};

const newPassword = async (input: SecretInput, name: string): Promise<string> => {
  const password = await input.ask(`new password of ${name}, 12 characters or more: `, { hidden: true });
  if (password === "")
    throw new FoglineError("FL4001", "no password was given", { remedy: "type it, or give it on standard input, on a line of its own" });
  if (input.asks && (await input.ask("once more: ", { hidden: true })) !== password)
    throw new FoglineError("FL4001", "the two are not the same, so nothing was changed", { remedy: "run the command again" });
  return password;
};

/** To whole minutes: nobody needs more. */
export const roundedMs = (ms: number): number => Math.max(1, Math.round(ms / 60_000)) * 60_000;
