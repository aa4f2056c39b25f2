/** How a shell takes a line apart into words, and how words are written so that it does. Pure. */

const plain = /^[A-Za-z0-9_@%+=:,./-]+$/;

/** A word as it is typed in a POSIX shell. */
const quoted = (word: string): string => (plain.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);

export const typed = (words: readonly string[]): string => words.map(quoted).join(" ");

export interface Words {
  readonly words: readonly string[];
  /** A quote that is not closed, or a backslash with nothing behind it. */
  readonly problem: string | null;
  /** A sign outside of quotes that means something to a shell, and nothing here. */
  readonly shellSign: string | null;
}

const escapable = new Set(['"', "\\", "$", "`"]);
const signs = new Set(["|", "&", ";", "<", ">", "$", "`", "*", "(", ")"]);

/** The words of a line: blanks part them, quotes and backslashes keep what they hold together. Nothing is expanded. */
export const wordsOf = (line: string): Words => {
  const words: string[] = [];
  let word: string | null = null;
  let quote: string | null = null;
  let shellSign: string | null = null;
  for (let at = 0; at < line.length; at++) {
    const sign = line[at] ?? "";
    if (quote === null && /\s/.test(sign)) {
      if (word !== null) words.push(word);
      word = null;
    } else if (quote === null && (sign === "'" || sign === '"')) {
      quote = sign;
      word ??= "";
    } else if (sign === quote) quote = null;
    else if (sign === "\\" && quote !== "'") {
      const next = line[at + 1];
      if (next === undefined) return { words, problem: "a backslash stands at the end", shellSign };
      word = (word ?? "") + (quote === '"' && !escapable.has(next) ? sign + next : next);
      at += 1;
    } else {
      if (quote === null && signs.has(sign)) shellSign ??= sign;
      word = (word ?? "") + sign;
    }
  }
  if (quote !== null) return { words, problem: `the quote ${quote} is not closed`, shellSign };
  if (word !== null) words.push(word);
  return { words, problem: null, shellSign };
};
