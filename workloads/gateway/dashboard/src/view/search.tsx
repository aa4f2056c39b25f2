import { useEffect, useRef } from "preact/hooks";

/** Narrows devices and tasks. `/` comes here from anywhere, Escape clears and goes back, arrow down goes to the first row. */
export const Search = ({ value, change }: { value: string; change: (value: string) => void }) => {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      event.preventDefault();
      input.current?.focus();
      input.current?.select();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === "Escape") {
      change("");
      input.current?.blur();
    } else if (event.key === "ArrowDown" || event.key === "Enter") {
      event.preventDefault();
      document.querySelector<HTMLElement>("button.open[tabindex='0']")?.focus();
    }
  };
  return (
    <search>
      <input
        ref={input}
        type="search"
        aria-label="Search devices and tasks"
        placeholder="Search devices and tasks"
        autocomplete="off"
        spellcheck={false}
        value={value}
        onInput={(event) => change(event.currentTarget.value)}
        onKeyDown={onKey}
      />
      <kbd>/</kbd>
    </search>
  );
};

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.matches("input, textarea, select, [contenteditable]");
