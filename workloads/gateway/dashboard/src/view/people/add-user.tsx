import { useEffect, useState } from "preact/hooks";
import type { NewUser } from "../../live/people.ts";
import type { State } from "../../live/state.ts";
import { nameProblem } from "../../text/people.ts";
import { typed } from "../../text/shell-words.ts";
import { refusalOf } from "../action.tsx";
import { AskRow } from "../ask-row.tsx";
import { Command } from "../command.tsx";
import { ChoiceField, TextField } from "../form.tsx";
import { useSubmission } from "../submission.ts";
import { OneTimeLink } from "./one-time-link.tsx";

interface AddUserProps {
  readonly state: State;
  readonly close: () => void;
  readonly made: () => void;
}

/** Lets somebody in: makes the user, and shows the link with which the user comes in the first time. */
export const AddUser = ({ state, close, made }: AddUserProps) => {
  const [name, setName] = useState("");
  const [role, setRole] = useState("user");
  const [tried, setTried] = useState(false);
  const { sent, submit, anew } = useSubmission<NewUser>("/api/users");
  useEffect(() => {
    if (sent.kind === "made") made();
  }, [sent.kind]);
  const refusal = refusalOf(state);
  const problem = nameProblem(name);
  const send = (event: Event): void => {
    event.preventDefault();
    setTried(true);
    if (refusal === null && problem === undefined && sent.kind !== "asking" && sent.kind !== "made") void submit({ name, role });
  };
  const change = (set: (value: string) => void) => (value: string) => {
    set(value);
    if (sent.kind === "made") anew();
  };
  return (
    <form class="panel" aria-label="Let somebody in" onSubmit={send} onKeyDown={(event) => event.key === "Escape" && close()} novalidate>
      <div class="fields">
        <TextField
          label="Name"
          value={name}
          change={change(setName)}
          placeholder="grace"
          problem={tried ? problem : undefined}
          hint="As it stands in the audit."
        />
        <RoleField role={role} change={change(setRole)} />
      </div>
      <AskRow {...{ sent, refusal, close }} verb="Let in" thing="user" shownAtFields={false} made={({ user }) => `${user.name} may come in.`} />
      {sent.kind === "made" && <OneTimeLink link={sent.value.link} name={sent.value.user.name} />}
      <div class="same">
        <span class="quiet">The same on the command line:</span>
        <Command text={typed(["npx", "fogline", "user", "add", name === "" ? "grace" : name, "--role", role])} />
      </div>
    </form>
  );
};

const RoleField = ({ role, change }: { role: string; change: (role: string) => void }) => (
  <ChoiceField
    label="Role"
    value={role}
    change={change}
    hint={role === "admin" ? "May change devices, people and everything else." : "May see everything, run tasks and deploy."}
    choices={[
      { value: "user", text: "user" },
      { value: "admin", text: "admin" },
    ]}
  />
);
