import type { GitOpsStatus } from "@fogline/contracts";
import { shortRevision } from "../text/format.ts";
import { Time } from "./time.tsx";

type AppliedProps = Pick<GitOpsStatus, "appliedRevision" | "appliedAtMs" | "watching"> & {
  /** What runs it, as the sentence begins. */
  readonly what: string;
};

/** Which revision runs, and since when: a sentence without its end. Nothing where none is applied. */
export const Applied = ({ what, appliedRevision, appliedAtMs, watching }: AppliedProps) => {
  if (appliedRevision === null) return null;
  return (
    <>
      {what} runs {watching ? "the files on disk, based on " : "revision "}
      <code title={appliedRevision}>{shortRevision(appliedRevision)}</code>
      {appliedAtMs !== null && (
        <>
          , applied <Time at={appliedAtMs} />
        </>
      )}
    </>
  );
};
