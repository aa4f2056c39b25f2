import type { ComponentChildren } from "preact";
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ask, type Refused } from "../live/http.ts";

/** What a page asked the hub for: `value` is what was answered last, also while it is asked again or was refused. */
export interface Read<T> {
  readonly value: T | null;
  readonly refused: Refused | null;
  readonly busy: boolean;
  readonly again: () => void;
}

/** Asks for a path and again whenever the path or `revision` changes; null asks nothing. Late answers to another path are dropped. */
export const useRead = <T,>(path: string | null, revision: unknown = null): Read<T> => {
  const [state, setState] = useState<{ path: string | null; value: T | null; refused: Refused | null; busy: boolean }>(unasked);
  const [count, setCount] = useState(0);
  const newest = useRef(0);
  useEffect(() => {
    const turn = ++newest.current;
    if (path === null) return;
    setState((before) => ({ ...(before.path === path ? before : unasked), path, busy: true }));
    void ask<T>("GET", path).then((answer) => {
      if (turn !== newest.current) return;
      setState((before) => ({ path, value: answer.ok ? answer.value : before.value, refused: answer.ok ? null : answer, busy: false }));
    });
  }, [path, revision, count]);
  const again = useCallback(() => setCount((before) => before + 1), []);
  return { value: state.path === path ? state.value : null, refused: state.refused, busy: state.busy, again };
};

const unasked = { path: null, value: null, refused: null, busy: false };

/** Stands in for a part of a page until it was read: waiting, refused for want of a role, failed with a button to try again. */
export const Reading = <T,>({ read, what, children }: { read: Read<T>; what: string; children: (value: T) => ComponentChildren }) => {
  if (read.value !== null) return <>{children(read.value)}</>;
  if (read.refused === null) return <p class="empty" aria-busy="true">{`Reading ${what}`}</p>;
  return <NotShown refused={read.refused} what={what} again={read.again} />;
};

export const NotShown = ({ refused, what, again }: { refused: Refused; what: string; again: () => void }) =>
  refused.status === 403 ? (
    <p class="empty">{`You may not see ${what}: ${refused.message}. Ask an admin, or sign in as another.`}</p>
  ) : (
    <div class="empty" role="alert">
      <p>{`The hub did not say ${what}: ${refused.message}.`}</p>
      <button type="button" onClick={again}>
        Try again
      </button>
    </div>
  );
