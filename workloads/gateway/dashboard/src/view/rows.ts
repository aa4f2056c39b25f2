/** Keys within a table whose rows open: arrows, Home and End move between the rows, Escape closes the open one. Enter is the button's own. */
export const moveInRows = (event: KeyboardEvent, close: () => void): void => {
  const table = event.currentTarget;
  const from = event.target;
  if (!(table instanceof HTMLElement && from instanceof HTMLElement)) return;
  if (event.key === "Escape") {
    const opened = table.querySelector<HTMLElement>("button.open[aria-expanded=true]");
    if (opened === null) return;
    event.stopPropagation();
    close();
    opened.focus();
    return;
  }
  if (!from.matches("button.open")) return;
  const buttons = [...table.querySelectorAll<HTMLElement>("button.open")];
  const target = targets[event.key]?.(buttons.indexOf(from), buttons.length - 1);
  if (target === undefined) return;
  event.preventDefault();
  buttons[target]?.focus();
};

const targets: Readonly<Record<string, (index: number, last: number) => number>> = {
  ArrowDown: (index, last) => Math.min(last, index + 1),
  ArrowUp: (index) => Math.max(0, index - 1),
  Home: () => 0,
  End: (_, last) => last,
};
