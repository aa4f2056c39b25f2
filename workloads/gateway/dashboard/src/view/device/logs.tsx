import { useEffect, useRef, useState } from "preact/hooks";
import { ask } from "../../live/http.ts";
import { hubNow, Time } from "../time.tsx";

interface Log {
  readonly text: string;
  readonly unavailable: string | null;
}

/** The hub asks the device, which may be far. */
const timeoutMs = 20_000;

/** The end of the agent's log, asked of the device when somebody wants it. */
export const Logs = ({ id }: { id: string }) => {
  const [log, setLog] = useState<Log | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [readAtMs, setReadAtMs] = useState(0);
  const [busy, setBusy] = useState(false);
  const end = useRef<HTMLElement>(null);
  const read = async (): Promise<void> => {
    setBusy(true);
    const answer = await ask<Log>("GET", `/api/nodes/${encodeURIComponent(id)}/logs`, undefined, { timeoutMs });
    setBusy(false);
    setReadAtMs(hubNow());
    if (answer.ok) setLog(answer.value);
    setProblem(answer.ok ? null : answer.message);
  };
  useEffect(() => void read(), [id]);
  useEffect(() => end.current?.scrollTo(0, end.current.scrollHeight), [log]);
  const nothing = problem ?? log?.unavailable ?? null;
  return (
    <section aria-labelledby="logs">
      <div class="over">
        <h2 id="logs">
          Log of the agent{" "}
          <span class="quiet">
            {readAtMs > 0 && (
              <>
                read <Time at={readAtMs} />
              </>
            )}
          </span>
        </h2>
        <button type="button" onClick={() => void read()} disabled={busy}>
          {busy ? "Asking the device" : "Read again"}
        </button>
      </div>
      {nothing !== null && <p role="status">{`There is no log to show: ${nothing}.`}</p>}
      {log !== null && log.unavailable === null && log.text === "" && <p class="quiet">It wrote nothing yet.</p>}
      {log !== null && log.text !== "" && (
        <section
          class="log"
          ref={end}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
          tabIndex={0}
          aria-label={`The end of the log of ${id}`}
        >
          <pre>{log.text}</pre>
        </section>
      )}
    </section>
  );
};
