import { useEffect, useState } from "preact/hooks";
import { ask } from "../../live/http.ts";
import type { Hub } from "../../live/hub.ts";
import { Command } from "../command.tsx";
import { TextField } from "../form.tsx";

interface Methods {
  readonly password: boolean;
  readonly oidc: { readonly name: string; readonly url: string } | null;
}

/** When the hub does not say. */
const passwordOnly: Methods = { password: true, oidc: null };

/** Signing in with a name and a password, at an identity provider where the hub has one, or with the link that the hub prints. */
export const SignIn = ({ hub, problem }: { hub: Hub; problem: string | null }) => {
  const [methods, setMethods] = useState<Methods | null>(null);
  useEffect(() => {
    void ask<Methods>("GET", "/api/auth/methods").then((answer) => setMethods(answer.ok ? answer.value : passwordOnly));
  }, []);
  if (methods === null) return <div class="instead" aria-busy="true" />;
  return (
    <div class="instead sign-in">
      <h1>You are not signed in.</h1>
      {problem !== null && (
        <p class="bad" role="alert">
          The link was not accepted: {problem}.
        </p>
      )}
      {methods.password && <PasswordForm hub={hub} />}
      {methods.oidc !== null && (
        <a class="button" href={methods.oidc.url}>
          Sign in with {methods.oidc.name}
        </a>
      )}
      <div class="plain">
        <p>No password yet? This prints a link on the hub's machine, as npm start does. It works once, within an hour.</p>
        <Command text="npx fogline link" />
      </div>
    </div>
  );
};

const PasswordForm = ({ hub }: { hub: Hub }) => {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);
  const enter = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    const why = await hub.signIn(name.trim(), password);
    if (why === null) return;
    setBusy(false);
    setRefused(why);
  };
  return (
    <form class="form" onSubmit={enter}>
      <TextField label="Name" value={name} change={setName} autocomplete="username" />
      <TextField label="Password" value={password} change={setPassword} autocomplete="current-password" secret />
      <button type="submit" class="primary" disabled={busy || name.trim() === "" || password === ""}>
        {busy ? "Asking the hub" : "Sign in"}
      </button>
      <p role="alert" class="bad">
        {refused === null ? "" : `Not signed in: ${refused}.`}
      </p>
    </form>
  );
};
