import type { Followed } from "../../live/followed.ts";
import type { Verification } from "../../text/audit.ts";
import { Command } from "../command.tsx";
import { Mark } from "../mark.tsx";

/** The state of the chain, and how to take the entries out of it. */
export const Chain = ({ chain: { value, refused, busy, again } }: { chain: Followed<Verification> }) => {
  const head = value === null ? (refused === null ? unread : null) : value.head;
  return (
    <section class="chain" aria-label="Chain">
      {value !== null && !value.intact && (
        <div class="refusal" role="alert">
          <p>
            <Mark meaning="bad" word="" />
            An entry was altered, removed or put in later. Keep a copy of the hub's database, and compare with the last export and the head noted with
            it.
          </p>
        </div>
      )}
      {head !== null && (
        <p class={value === null ? "unread" : ""} aria-hidden={value === null}>
          Head: entry {head.sequence}, <code>{head.hash}</code>.{" "}
          <span class="quiet">Noted elsewhere, it shows later that the end was not cut off.</span>
        </p>
      )}
      {refused !== null && <p class="bad">The chain could not be checked: {refused.message}.</p>}
      <div class="action">
        <button type="button" disabled={busy} onClick={again}>
          {busy ? "Checking every entry" : "Check again"}
        </button>
      </div>
      <div class="same">
        <span class="quiet">To take all of them out, in a form that can be checked without the hub:</span>
        <Command text="npx fogline audit export --file audit.ndjson" />
      </div>
    </section>
  );
};

/** Takes the room of the head until it is read, so that nothing moves when it is. */
const unread = { sequence: 1, hash: "0".repeat(64) } as const;
