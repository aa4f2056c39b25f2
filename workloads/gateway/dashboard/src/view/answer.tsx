import type { Store } from "../live/state.ts";
import { durationText } from "../text/format.ts";
import { useClock } from "./time.tsx";

/**
 * The answer that a page gives, in one sentence on top, and the same without times for those who listen: it is spoken only when something
 * happened. `sentence` without a time says it without times. While the hub is gone that is the answer.
 */
export const Answer = ({ store, sentence }: { store: Store; sentence: (nowMs?: number) => string }) => {
  const { goneSinceMs: since, problem } = store.state;
  const gone = (nowMs: number | undefined) =>
    `No news${nowMs === undefined || since === null ? "" : ` for ${durationText(nowMs - since)}`}: ${problem ?? "the hub does not answer"}. Below is what it said last; this page continues by itself.`;
  const said = (nowMs?: number) => (since === null ? sentence(nowMs) : gone(nowMs));
  const text = useClock(said);
  return (
    <div class="answer">
      <h1 id="answer" tabIndex={-1}>
        {text}
      </h1>
      <div class="hidden" role="status" aria-live="polite">
        {said()}
      </div>
    </div>
  );
};
