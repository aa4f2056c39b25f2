import type { State } from "../live/state.ts";
import { Command } from "./command.tsx";

/** What stands instead of the tables while there is nothing to show in them, each with its next step. */
export const Instead = ({ phase, problem, principal }: Pick<State, "phase" | "problem" | "principal">) => {
  if (phase === "loading") return <div class="instead" aria-busy="true" />;
  if (phase === "signed-out")
    return (
      <div class="instead">
        <h1>You are not signed in.</h1>
        {problem !== null && <p class="bad">The link was not accepted: {problem}.</p>}
        <p>Open the link that the hub prints when it is ready, or that this command prints on the hub's machine. It works once, within an hour.</p>
        <Command text="npx fogline link" />
        <Command text="npm start" />
        <p class="quiet">It ends with #code=…, which this page exchanges for a session and takes out of the address.</p>
      </div>
    );
  if (phase === "forbidden")
    return (
      <div class="instead">
        <h1>You may not see the fleet.</h1>
        <p>
          {principal === null ? "This account" : `You are signed in as ${principal.name} with the role ${principal.role}, which`} cannot read devices
          and tasks{problem === null ? "" : `: ${problem}`}. Ask an admin for the role user, or open another sign-in link.
        </p>
      </div>
    );
  return (
    <div class="instead">
      <h1>The fleet cannot be shown now.</h1>
      <p>The reason: {problem ?? "the hub does not answer"}. This page tries again every two seconds and continues by itself.</p>
      <p>If the hub is not running, this starts it:</p>
      <Command text="npm start" />
    </div>
  );
};
