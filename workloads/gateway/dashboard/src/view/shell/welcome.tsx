import type { User } from "@fogline/contracts";
import { useEffect, useState } from "preact/hooks";
import { ask } from "../../live/http.ts";
import type { Store } from "../../live/state.ts";
import { TextField } from "../form.tsx";

const lengthMin = 12;
const declined = "fogline.noPassword";

/** For somebody who came in by a one-time link: a gentle offer to set a password. Not made to who has one, and not again to who declined. */
export const Welcome = ({ store }: { store: Store }) => {
  const { principal } = store.state;
  const [wanted, setWanted] = useState(false);
  const [open, setOpen] = useState(false);
  useEffect(() => {
    if (principal !== null && localStorage.getItem(declined) !== principal.name)
      void needsPassword(principal.name, principal.role === "admin").then(setWanted);
  }, []);
  if (!wanted || principal === null) return null;
  const decline = (): void => {
    localStorage.setItem(declined, principal.name);
    store.set({ byLink: false });
  };
  return (
    <section class="welcome" aria-label="Password">
      <p>
        You came in by a link, which works once. With a password you can sign in as <strong>{principal.name}</strong> from any browser.
      </p>
      {open ? (
        <NewPassword name={principal.name} store={store} />
      ) : (
        <div class="buttons">
          <button type="button" onClick={() => setOpen(true)}>
            Set a password
          </button>
          <button type="button" class="quiet" onClick={decline}>
            Not now
          </button>
        </div>
      )}
    </section>
  );
};

/** Only admins may read who has a password; to others the offer is made, and the hub asks for the present password where there is one. */
const needsPassword = async (name: string, admin: boolean): Promise<boolean> => {
  if (!admin) return true;
  for (let after = ""; ; ) {
    const page = await ask<{ users: User[]; next: string | null }>("GET", `/api/users${after}`);
    if (!page.ok) return false;
    const user = page.value.users.find((one) => one.name === name);
    if (user !== undefined) return !user.hasPassword && !user.external;
    if (page.value.next === null) return false;
    after = `?after=${encodeURIComponent(page.value.next)}`;
  }
};

const NewPassword = ({ name, store }: { name: string; store: Store }) => {
  const [password, setPassword] = useState("");
  const [current, setCurrent] = useState<string | null>(null);
  const [said, say] = useState<string | null>(null);
  const set = async (event: Event): Promise<void> => {
    event.preventDefault();
    const answer = await ask("PUT", `/api/users/${encodeURIComponent(name)}/password`, { password, ...(current === null ? {} : { current }) });
    if (answer.ok) return store.set({ byLink: false });
    if (answer.code === "FL4002" && current === null) {
      setCurrent("");
      say("There is a password already: give it too.");
    } else say(`Nothing changed: ${answer.message}.`);
  };
  return (
    <form class="form" onSubmit={set}>
      <input type="text" name="name" class="hidden" autocomplete="username" value={name} readOnly tabIndex={-1} aria-hidden="true" />
      {current !== null && <TextField label="Present password" value={current} change={setCurrent} autocomplete="current-password" secret />}
      <TextField
        label="New password"
        hint={`At least ${lengthMin} characters; a few words are easier to keep than signs.`}
        value={password}
        change={setPassword}
        autocomplete="new-password"
        secret
      />
      <button type="submit" class="primary" disabled={password.length < lengthMin}>
        Set the password
      </button>
      <p role="alert" class="bad">
        {said}
      </p>
    </form>
  );
};
