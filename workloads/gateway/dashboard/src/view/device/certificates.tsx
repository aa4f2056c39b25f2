import type { DeviceCertificate } from "@fogline/contracts";
import { ask } from "../../live/http.ts";
import type { State } from "../../live/state.ts";
import { counted, durationText, exactTime } from "../../text/format.ts";
import { Action, refusalOf } from "../action.tsx";
import { Mark, type Meaning } from "../mark.tsx";
import { Reading, useRead } from "../read.tsx";
import { hubNow, Time } from "../time.tsx";

/** Less than a third of its life left means that it should have been renewed. */
const lateShare = 1 / 3;

const stateOf = ({ notBeforeMs, notAfterMs, revokedAtMs }: DeviceCertificate): { meaning: Meaning; word: string } => {
  const nowMs = hubNow();
  if (revokedAtMs !== null) return { meaning: "bad", word: "revoked" };
  const left = notAfterMs - nowMs;
  if (left <= 0) return { meaning: "bad", word: "expired" };
  const text = `ends in ${durationText(left)}`;
  return left < (notAfterMs - notBeforeMs) * lateShare ? { meaning: "attention", word: text } : { meaning: "good", word: text };
};

/** With what the device proves who it is, and the way to take that from it. */
export const Certificates = ({ id, state, revision }: { id: string; state: State; revision: number }) => {
  const path = `/api/nodes/${encodeURIComponent(id)}`;
  const read = useRead<{ certificates: DeviceCertificate[] }>(`${path}/certificates`, revision);
  return (
    <section aria-labelledby="certificate">
      <h2 id="certificate">Certificate</h2>
      <Reading read={read} what="its certificates">
        {({ certificates }) =>
          certificates.length === 0 ? (
            <p class="quiet">
              None was issued. <a href={`/enrol#slot=${encodeURIComponent(id)}`}>Enrol the device</a> to give it one.
            </p>
          ) : (
            <>
              <ul class="plain certificates">
                {certificates.map((certificate) => {
                  const { serial, fingerprint, notBeforeMs, notAfterMs, revokedAtMs } = certificate;
                  return (
                    <li key={serial}>
                      <Mark {...stateOf(certificate)} />
                      <span class="quiet">
                        , issued <Time at={notBeforeMs} />, until {exactTime(notAfterMs)}
                        {revokedAtMs !== null && (
                          <>
                            , revoked <Time at={revokedAtMs} />
                          </>
                        )}
                      </span>
                      <code title={`serial ${serial}`}>{fingerprint}</code>
                    </li>
                  );
                })}
              </ul>
              <Action
                verb={`Revoke the certificates of ${id}`}
                keep="Keep them"
                effect={`${id} loses its connection within seconds and comes back only with a new enrolment. Its tasks that may move do.`}
                typed={id}
                act={() => ask<{ revoked: number }>("POST", `${path}/revoke`, {})}
                done={({ revoked }) => `${counted(revoked, "certificate")} of ${id} revoked`}
                command={`npx fogline device revoke ${id}`}
                refusal={refusalOf(state)}
                after={read.again}
              />
            </>
          )
        }
      </Reading>
    </section>
  );
};
