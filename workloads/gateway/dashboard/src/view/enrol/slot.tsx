import type { NodeRecord } from "@fogline/contracts";
import { useState } from "preact/hooks";
import { makeToken, type NewEnrolment } from "../../live/enrolment.ts";
import type { Refused } from "../../live/http.ts";
import { remainingText } from "../../text/enrolment.ts";
import { exactTime } from "../../text/format.ts";
import { Command } from "../command.tsx";
import { useClock } from "../time.tsx";
import { Progress } from "./progress.tsx";
import { QrCode } from "./qr-code.tsx";

export interface SlotProps {
  readonly node: NodeRecord;
  readonly refusal: string | null;
  /** The token of the slot, when it was made on this page: it is shown once, and nowhere else. */
  readonly token: NewEnrolment | null;
  /** Whether the device came in with that token. */
  readonly cameIn: boolean;
  readonly made: (token: NewEnrolment) => void;
}

/** Makes the token of a slot, shows what is to be typed on the device, and waits with the reader for it. */
export const Slot = ({ node, refusal, token, cameIn, made }: SlotProps) => {
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<Refused | null>(null);
  const make = async (): Promise<void> => {
    setBusy(true);
    const answer = await makeToken(node.id);
    setBusy(false);
    setRefused(answer.ok ? null : answer);
    if (answer.ok) made(answer.value);
  };
  return (
    <div class="slot-detail">
      {token === null && (
        <p>
          A token lets one device in as {node.id}, once, within an hour. It holds the hub's address and the fingerprint of its authority, so that the
          device trusts nobody else. A token of {node.id} that was not used becomes worthless.
        </p>
      )}
      {token !== null && !cameIn && <Token token={token} />}
      <div class="ask">
        <button type="button" class={token === null ? "primary" : ""} disabled={busy || refusal !== null} onClick={make}>
          {busy ? "Asking the hub" : token === null ? `Make a token for ${node.id}` : "Make another token"}
        </button>
        <span role="status" class={refused === null ? "" : "bad"}>
          {refusal ?? (refused === null ? "" : `No token was made: ${refused.message}.`)}
        </span>
        <Command text={`npx fogline device enrol ${node.id}`} />
      </div>
      {token !== null && <Progress id={node.id} node={node} cameIn={cameIn} />}
    </div>
  );
};

const Token = ({ token }: { token: NewEnrolment }) => {
  const { node, token: text, command, expiresAtMs } = token;
  const left = useClock((nowMs) => remainingText(token, nowMs));
  return (
    <div class="token">
      <QrCode text={text} label={`QR code of the token for ${node}`} />
      <div class="plain">
        <h3>On the device, type</h3>
        <Command text={command} />
        <h3>Or give it the token alone</h3>
        <Command text={text} />
        <p class={left === "expired" ? "bad" : "quiet"}>
          <time dateTime={new Date(expiresAtMs).toISOString()} title={exactTime(expiresAtMs)}>
            {left === "expired" ? "It has expired; make another." : `${left}. It is shown only here and only now.`}
          </time>
        </p>
      </div>
    </div>
  );
};
