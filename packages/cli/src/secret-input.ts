import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";

/** How a command is told what must not be on its command line, where other users of the machine see it. */
export interface SecretInput {
  /** Whether a person sits there; otherwise answers are lines of standard input. */
  readonly asks: boolean;
  /** The answer to a question, not shown while it is typed where `hidden`. Empty when there is none. */
  ask(question: string, options: { readonly hidden: boolean }): Promise<string>;
  close(): void;
}

type Input = NodeJS.ReadableStream & { readonly isTTY?: boolean };

export const openSecretInput = (input: Input, terminal: { write(text: string): unknown }): SecretInput => {
  const asks = input.isTTY === true;
  let hidden = false;
  const echo = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      if (!hidden) terminal.write(chunk.toString());
      done();
    },
  });
  const lines = createInterface({ input, output: echo, terminal: asks });
  // Lines of a pipe arrive before they are asked for.
  const arrived: string[] = [];
  const waiting: ((line: string) => void)[] = [];
  let closed = false;
  if (!asks) {
    lines.on("line", (line) => {
      const wake = waiting.shift();
      if (wake === undefined) arrived.push(line);
      else wake(line);
    });
  }
  lines.on("close", () => {
    closed = true;
    for (const wake of waiting.splice(0)) wake("");
  });
  return {
    asks,
    ask: async (question, options) => {
      if (!asks) return arrived.shift() ?? (closed ? "" : new Promise<string>((resolve) => waiting.push(resolve)));
      terminal.write(question);
      hidden = options.hidden;
      try {
        return await lines.question("");
      } finally {
        if (hidden) terminal.write("\n");
        hidden = false;
      }
    },
    close: () => lines.close(),
  };
};
