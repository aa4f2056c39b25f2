/** One server-sent event that has data, or the pause that the server asks for before a new connection. */
export type ServerEvent = { readonly id: string | undefined; readonly data: string } | { readonly retryMs: number } | { readonly alive: true };

/** Longest event in characters: a server that sends more is not a hub. */
const eventLengthMax = 16 * 1024 ** 2;

/**
 * The events of a body (WHATWG HTML section 9.2.6). Comments come as signs of life. Throws RangeError for an event without end.
 */
export async function* eventsIn(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent> {
  let rest = "";
  let id: string | undefined;
  let data: string[] = [];
  for await (const text of textOf(body)) {
    const lines = (rest + text).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? "";
    if (rest.length + data.reduce((sum, line) => sum + line.length, 0) > eventLengthMax) throw new RangeError("an event is too long");
    for (const line of lines) {
      if (line === "") {
        if (data.length > 0) yield { id, data: data.join("\n") };
        data = [];
        continue;
      }
      const { field, value } = fieldOf(line);
      if (field === "") yield { alive: true };
      if (field === "id" && !value.includes("\0")) id = value;
      if (field === "data") data.push(value);
      if (field === "retry" && /^\d{1,9}$/.test(value)) yield { retryMs: Number(value) };
    }
  }
}

const fieldOf = (line: string): { readonly field: string; readonly value: string } => {
  const colon = line.indexOf(":");
  if (colon < 0) return { field: line, value: "" };
  return { field: line.slice(0, colon), value: line.slice(colon + (line[colon + 1] === " " ? 2 : 1)) };
};

/** Browsers do not iterate a body yet, so it is read. */
async function* textOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield decoder.decode(value, { stream: true });
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
