import { useEffect, useId, useMemo, useRef, useState } from "preact/hooks";
import type { State } from "../../live/state.ts";
import type { Go } from "../../route.ts";
import { type Finding, findEverything } from "./findings.ts";
import { isForTheBrowser, isTyping } from "./keys.ts";

export interface SearchProps {
  readonly value: string;
  readonly state: State;
  readonly go: Go;
}

/**
 * Narrows what the page lists, and leads to anything else that is found: arrows choose, Enter goes there. Without a choice Enter goes to the
 * page's first row. `/` comes here from anywhere, Escape clears and goes back.
 */
export const Search = ({ value, state, go }: SearchProps) => {
  const input = useRef<HTMLInputElement>(null);
  const list = useId();
  const [open, setOpen] = useState(false);
  const [chosen, choose] = useState(-1);
  useSlash(input);
  const text = value.trim().toLowerCase();
  const { devices, tasks } = state.revisions;
  const findings = useMemo(() => (open && text !== "" ? findEverything(state, text) : []), [open, text, devices, tasks]);
  const at = Math.min(chosen, findings.length - 1);
  const leave = (): void => {
    setOpen(false);
    choose(-1);
  };
  const visit = (finding: Finding | undefined): void => {
    leave();
    input.current?.blur();
    const row = document.querySelector<HTMLElement>("main button.open[tabindex='0']");
    if (finding !== undefined) go.to(finding.address);
    else row?.focus();
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === "Escape") {
      leave();
      go.find("");
      input.current?.blur();
    } else if (event.key === "Enter") visit(findings[at]);
    else if (event.key === "ArrowDown") choose(Math.min(at + 1, findings.length - 1));
    else if (event.key === "ArrowUp") choose(Math.max(at - 1, -1));
    else return;
    event.preventDefault();
  };
  return (
    <search>
      <input
        ref={input}
        type="text"
        inputMode="search"
        role="combobox"
        aria-label="Search everything"
        aria-expanded={findings.length > 0}
        aria-controls={list}
        aria-autocomplete="list"
        aria-activedescendant={at >= 0 ? `${list}-${at}` : undefined}
        placeholder="Search everything"
        autocomplete="off"
        spellcheck={false}
        value={value}
        onFocus={() => setOpen(true)}
        onBlur={leave}
        onInput={(event) => {
          setOpen(true);
          choose(-1);
          go.find(event.currentTarget.value);
        }}
        onKeyDown={onKey}
      />
      <kbd>/</kbd>
      <div id={list} role="listbox" aria-label="Found" class="found" hidden={findings.length === 0}>
        {findings.map((finding, index) => (
          <div
            key={finding.address}
            id={`${list}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === at}
            // Before the field loses the focus, which would close the list.
            onMouseDown={(event) => {
              event.preventDefault();
              visit(finding);
            }}
          >
            <span class="name">{finding.name}</span> <span class="quiet">{finding.about}</span>
          </div>
        ))}
      </div>
    </search>
  );
};

const useSlash = (input: { readonly current: HTMLInputElement | null }): void => {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== "/" || isForTheBrowser(event) || isTyping(event.target)) return;
      event.preventDefault();
      input.current?.focus();
      input.current?.select();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
};
