import type { Enrolment } from "@fogline/contracts";
import { type EnrolmentPage, revokeToken } from "../../live/enrolment.ts";
import type { Followed } from "../../live/followed.ts";
import { remainingText } from "../../text/enrolment.ts";
import { counted } from "../../text/format.ts";
import { Action } from "../action.tsx";
import { Reading } from "../read.tsx";
import { Time, useClock } from "../time.tsx";

interface TokensProps {
  readonly read: Followed<EnrolmentPage>;
  readonly refusal: string | null;
  readonly tell: (what: string) => void;
}

/** Tokens that can still be used; those that were used lately are folded away. */
export const Tokens = ({ read, refusal, tell }: TokensProps) => (
  <section aria-labelledby="tokens">
    <h2 id="tokens">Tokens</h2>
    <Reading read={read} what="the tokens">
      {({ enrolments }) => {
        const used = enrolments.filter(({ usedAtMs }) => usedAtMs !== null);
        const open = enrolments.filter(({ usedAtMs }) => usedAtMs === null);
        return (
          <>
            {open.length === 0 ? <p class="quiet">No token is open.</p> : <TokenTable {...{ refusal, tell }} enrolments={open} after={read.again} />}
            {used.length > 0 && (
              <details>
                <summary>{counted(used.length, "token")} used lately</summary>
                <TokenTable {...{ refusal, tell }} enrolments={used} after={read.again} />
              </details>
            )}
          </>
        );
      }}
    </Reading>
  </section>
);

const TokenTable = ({ enrolments, ...props }: Omit<TokenProps, "enrolment"> & { readonly enrolments: readonly Enrolment[] }) => (
  <table class="list tokens">
    <thead>
      <tr>
        <th scope="col">Device</th>
        <th scope="col">State</th>
        <th scope="col" class="number">
          Made
        </th>
        <th scope="col">
          <span class="hidden">Revoke</span>
        </th>
      </tr>
    </thead>
    <tbody>
      {enrolments.map((enrolment) => (
        <Token key={enrolment.id} enrolment={enrolment} {...props} />
      ))}
    </tbody>
  </table>
);

interface TokenProps {
  readonly enrolment: Enrolment;
  readonly refusal: string | null;
  readonly after: () => void;
  /** Says what happened, because the row of a token goes with it. */
  readonly tell: (what: string) => void;
}

const Token = ({ enrolment, refusal, after, tell }: TokenProps) => {
  const { id, node, usedAtMs, createdAtMs } = enrolment;
  const left = useClock((nowMs) => remainingText(enrolment, nowMs));
  const open = usedAtMs === null && left !== "expired";
  return (
    <tr class="row still">
      <th scope="row">{node}</th>
      <td data-label="Status">
        {usedAtMs === null ? (
          left
        ) : (
          <>
            used <Time at={usedAtMs} />
          </>
        )}
      </td>
      <td class="number" data-label="Made">
        <Time at={createdAtMs} />
      </td>
      <td class="full bare" data-label="Revoke">
        {open && (
          <Action
            verb={`Revoke the token of ${node}`}
            keep="Keep it"
            effect={`Nobody can enrol with it any more. A new one for ${node} can be made at any time.`}
            act={() => revokeToken(id)}
            done={() => {
              tell(`the token of ${node} is worthless`);
              return `the token of ${node} is worthless`;
            }}
            refusal={refusal}
            after={after}
          />
        )}
      </td>
    </tr>
  );
};
