import type { Hub } from "../../live/hub.ts";
import type { State } from "../../live/state.ts";
import { Command } from "../command.tsx";
import { SignIn } from "./sign-in.tsx";

/** What stands instead of a page while there is nothing to show on it, each with its next step. */
export const Instead = ({ state: { phase, problem, principal }, hub }: { state: State; hub: Hub }) => {
  if (phase === "loading") return <div class="instead" aria-busy="true" />;
  if (phase === "signed-out") return <SignIn hub={hub} problem={problem} />;
  if (phase === "forbidden")
    return (
      <div class="instead">
        <h1>You may not see the fleet.</h1>
        <p>
          {principal === null ? "This account" : `You are signed in as ${principal.name} with the role ${principal.role}, which`} cannot read devices
          and tasks{problem === null ? "" : `: ${problem}`}. Ask an admin for the role user, or sign in as another.
        </p>
        <button type="button" onClick={() => void hub.signOut()}>
          Sign out
        </button>
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

export const NoPage = ({ path }: { path: string }) => (
  <div class="instead">
    <h1 id="answer" tabIndex={-1}>
      There is no page {path}.
    </h1>
    <p>
      The <a href="/">overview</a> shows how the fleet is; <kbd>/</kbd> searches everything.
    </p>
  </div>
);
