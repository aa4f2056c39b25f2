import { useRef, useState } from "preact/hooks";
import type { Hub } from "../../live/hub.ts";
import type { Principal } from "../../live/state.ts";
import { memo } from "../memo.tsx";
import { useMenu } from "./navigation.tsx";

/** Who is signed in, and the way out. */
export const Account = memo(({ principal, hub }: { principal: Principal | null; hub: Hub }) => {
  const menu = useRef<HTMLDetailsElement>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useMenu(menu);
  if (principal === null) return null;
  const leave = async (): Promise<void> => {
    const answer = await hub.signOut();
    if (!answer.ok) setProblem(`Not signed out: ${answer.message}.`);
  };
  return (
    <details class="menu account" ref={menu}>
      <summary aria-label={`Signed in as ${principal.name}`}>
        <span class="name">{principal.name}</span>
      </summary>
      <div class="sheet">
        <p>
          {principal.name} <span class="quiet">{principal.role}</span>
        </p>
        <a href="/people">Password and sessions</a>
        <button type="button" onClick={leave}>
          Sign out
        </button>
        {problem !== null && (
          <p class="bad" role="alert">
            {problem}
          </p>
        )}
      </div>
    </details>
  );
});
