import type { Link } from "../../live/people.ts";
import { remainingText } from "../../text/enrolment.ts";
import { exactTime } from "../../text/format.ts";
import { linkAddress } from "../../text/people.ts";
import { Command } from "../command.tsx";
import { useClock } from "../time.tsx";

/** A link that signs somebody in once. It is shown here and nowhere else. */
export const OneTimeLink = ({ link: { code, expiresAtMs }, name }: { link: Link; name: string }) => {
  const left = useClock((nowMs) => remainingText({ expiresAtMs, usedAtMs: null }, nowMs));
  return (
    <div class="same">
      <span>
        For {name}, to be opened once. {name} can set a password then.{" "}
        <time class="quiet" dateTime={new Date(expiresAtMs).toISOString()} title={exactTime(expiresAtMs)}>
          {left === "expired" ? "It has expired; make another." : `${left}. It is shown only here and only now.`}
        </time>
      </span>
      <Command text={linkAddress(location.origin, code)} />
    </div>
  );
};
