import { useState } from "preact/hooks";
import { setPassword } from "../../live/people.ts";
import type { State } from "../../live/state.ts";
import { clockTime } from "../../text/format.ts";
import { passwordLengthMin } from "../../text/people.ts";
import { refusalOf } from "../action.tsx";
import { Command } from "../command.tsx";
import { TextField } from "../form.tsx";
import { hubNow } from "../time.tsx";

type Said = { readonly good: boolean; readonly text: string } | null;

/** Changes one's own password; the other sessions end. */
export const ChangePassword = ({ name, state }: { name: string; state: State }) => {
  const [current, setCurrent] = useState("");
  const [password, setNew] = useState("");
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [said, say] = useState<Said>(null);
  const refusal = refusalOf(state, "user");
  const problem = password.length < passwordLengthMin ? `at least ${passwordLengthMin} characters; this has ${password.length}` : undefined;
  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    setTried(true);
    if (problem !== undefined || busy || refusal !== null) return;
    setBusy(true);
    const answer = await setPassword(name, password, current);
    setBusy(false);
    if (!answer.ok) return say({ good: false, text: `Nothing changed: ${answer.message}.` });
    say({ good: true, text: `${clockTime(hubNow())}: the password was changed, and your other sessions ended.` });
    setTried(false);
    setCurrent("");
    setNew("");
  };
  return (
    <form class="panel password" aria-label="Change your password" onSubmit={send} novalidate>
      <h3>Change your password</h3>
      <input type="text" name="name" class="hidden" autocomplete="username" value={name} readOnly tabIndex={-1} aria-hidden="true" />
      <div class="fields two">
        <TextField
          label="Present password"
          value={current}
          change={setCurrent}
          autocomplete="current-password"
          hint="Left empty if you have none yet."
          secret
        />
        <TextField
          label="New password"
          value={password}
          change={setNew}
          autocomplete="new-password"
          problem={tried ? problem : undefined}
          hint={`At least ${passwordLengthMin} characters; a few words are easier to keep than signs.`}
          secret
        />
      </div>
      <div class="ask">
        <button type="submit" disabled={busy || refusal !== null}>
          {busy ? "Asking the hub" : "Change it"}
        </button>
        <span class="quiet">Your other sessions end; this one goes on.</span>
        <Command text="npx fogline user password" />
        <span role="status" class={said === null || said.good ? "" : "bad"}>
          {refusal ?? said?.text ?? ""}
        </span>
      </div>
    </form>
  );
};
