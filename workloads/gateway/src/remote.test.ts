import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type AuditRecord,
  agentAbilities,
  channelWindowBytes,
  type FromChannel,
  type FromShell,
  revokeSession,
  type ToChannel,
} from "@fogline/contracts";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { hello, type TestAgent } from "./testing/agent.ts";
import { type Hub, openHub } from "./testing/hub.ts";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const open = async (settings: Record<string, unknown> = {}) => {
  const folder = mkdtempSync(join(tmpdir(), "fogline-transcripts-"));
  closing.push(() => rmSync(folder, { recursive: true }));
  const hub = await openHub({ transcriptsFolder: folder, ...settings });
  closing.push(() => hub.close());
  return { hub, folder };
};

/** A device that says hello, and answers in channels as the test wants. */
const device = async (
  hub: Hub,
  abilities: readonly string[] | undefined,
  answer: (message: ToChannel, say: (message: FromChannel) => void) => void,
) => {
  const agent: TestAgent = await hub.agent("pi-1");
  agent.socket.on("message", (data) => {
    const frame = JSON.parse(data.toString()) as { type: string; channelId: string; message: ToChannel };
    if (frame.type === "channel") answer(frame.message, (message) => agent.send({ type: "channel", channelId: frame.channelId, message }));
  });
  agent.send(hello("pi-1", abilities === undefined ? {} : { abilities: [...abilities] }));
  await agent.frame("welcome");
  return agent;
};

/** A person's session: what came, and waiting for it. */
const session = (hub: Hub, accessToken = hub.admin.accessToken, wanted: object = { command: ["uname"], terminal: null }) => {
  const socket = new WebSocket(`${hub.url.replace("http", "ws")}/api/nodes/pi-1/shell`, { headers: { authorization: `Bearer ${accessToken}` } });
  closing.push(() => socket.terminate());
  const said: FromShell[] = [];
  let bytes = Buffer.alloc(0);
  socket.on("message", (data, binary) => {
    if (binary) bytes = Buffer.concat([bytes, (data as Buffer).subarray(1)]);
    else said.push(JSON.parse(data.toString()) as FromShell);
  });
  socket.on("open", () => socket.send(JSON.stringify(wanted)));
  socket.on("error", () => {});
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.once("close", (code, reason) => resolve({ code, reason: reason.toString() }));
  });
  const of = <Kind extends FromShell["kind"]>(kind: Kind) => said.find((one): one is Extract<FromShell, { kind: Kind }> => one.kind === kind);
  return { socket, said, of, bytes: () => bytes, closed, say: (message: object) => socket.send(JSON.stringify(message)) };
};

const data = (text: string): FromChannel => ({ kind: "data", stream: "out", base64: Buffer.from(text).toString("base64") });
const ended: FromChannel = { kind: "ended", exitCode: 0, signal: null, reason: "it exited" };
const records = async (hub: Hub): Promise<AuditRecord[]> =>
  ((await (await hub.api("/api/audit")).json()) as { entries: AuditRecord[] }).entries.filter(({ operation }) => operation.startsWith("shell."));

describe("a session on a device", () => {
  it("passes on what both sides say, and is recorded before it is shown", async () => {
    const { hub, folder } = await open();
    await device(hub, agentAbilities, (message, say) => {
      if (message.kind === "open") {
        say({ kind: "opened", terminal: false });
        say(data("Linux\n"));
      }
      if (message.kind === "data") {
        say(data(`heard ${Buffer.from(message.base64, "base64")}`));
        say(ended);
      }
    });
    const person = session(hub);
    await hub.until(() => person.bytes().toString() === "Linux\n");
    const [file = ""] = readdirSync(folder);
    expect(readFileSync(join(folder, file), "utf8")).toContain('"Linux\\n"');
    person.socket.send(Buffer.from("word"));
    expect(await person.closed).toMatchObject({ code: 1000 });
    expect(person.bytes().toString()).toBe("Linux\nheard word");
    expect(person.of("ended")).toMatchObject({ exitCode: 0, reason: "it exited" });
    const detail = JSON.parse((await records(hub))[0]?.detail ?? "");
    expect(detail).toMatchObject({ exitCode: 0, inputBytes: 4, outputBytes: 16, transcript: file });
    expect(detail.transcriptSha256).toBe(
      createHash("sha256")
        .update(readFileSync(join(folder, file)))
        .digest("hex"),
    );
  });

  it("is refused politely by the hub for an agent that never heard of it", async () => {
    const { hub } = await open();
    const agent = await device(hub, undefined, () => undefined);
    const person = session(hub);
    await person.closed;
    expect(person.of("refused")).toEqual({ kind: "refused", code: "FL4150", message: "the agent of pi-1 (version 0.1.0) does not know how: shell" });
    expect(agent.frames.filter(({ type }) => type === "channel")).toEqual([]);
    expect((await records(hub)).map(({ outcome, code }) => [outcome, code])).toEqual([
      ["refused", "FL4150"],
      ["attempted", null],
    ]);
  });

  it("is refused where the device refuses, with its reason", async () => {
    const { hub } = await open();
    await device(hub, agentAbilities, (message, say) => {
      if (message.kind === "open") say({ kind: "refused", code: "FL4151", message: "it is a laptop, and nobody there has allowed it" });
    });
    const person = session(hub);
    await person.closed;
    expect(person.of("refused")).toMatchObject({ code: "FL4151", message: "pi-1 refuses: it is a laptop, and nobody there has allowed it" });
  });

  it("is not opened where it cannot be recorded", async () => {
    // Nobody makes a folder below a file, whoever they are.
    const { hub } = await open({ transcriptsFolder: "/etc/hostname/transcripts" });
    const agent = await device(hub, agentAbilities, () => undefined);
    const person = session(hub);
    await person.closed;
    expect(person.of("refused")?.code).toBe("FL4153");
    expect(agent.frames.filter(({ type }) => type === "channel")).toEqual([]);
  });

  it("is for admins alone", async () => {
    const { hub } = await open();
    const user = await hub.signIn("ben", "user");
    expect((await session(hub, user.accessToken).closed).code).toBe(1006);
  });

  it("ends when the person's session is revoked, and so does what runs on the device", async () => {
    const { hub } = await open();
    const heard: ToChannel[] = [];
    await device(hub, agentAbilities, (message, say) => {
      heard.push(message);
      if (message.kind === "open") say({ kind: "opened", terminal: true });
    });
    const { session: id, accessToken } = await hub.signIn("cyd", "admin");
    const person = session(hub, accessToken);
    await hub.until(() => person.of("opened") !== undefined);
    expect((await hub.client.call(revokeSession, { id }, { principal: { name: "ada", role: "admin" } })).ok).toBe(true);
    expect(await person.closed).toEqual({ code: 1008, reason: "not signed in any more" });
    await hub.until(() => heard.some(({ kind }) => kind === "close"));
    await hub.until(() => true);
    expect(heard.at(-1)).toEqual({ kind: "close", reason: "not signed in any more" });
  });

  it("ends when nothing happens in it", async () => {
    const { hub } = await open({ shellIdleMs: 1_000 });
    await device(hub, agentAbilities, (message, say) => {
      if (message.kind === "open") say({ kind: "opened", terminal: true });
    });
    const person = session(hub);
    await person.closed;
    expect(person.of("ended")?.reason).toContain("nothing happened in it");
  });

  it("ends when its transcript is full, so that nothing is done that is not recorded", async () => {
    const { hub, folder } = await open({ transcriptBytesMax: 1_024 });
    await device(hub, agentAbilities, (message, say) => {
      if (message.kind !== "open") return;
      say({ kind: "opened", terminal: false });
      for (let line = 0; line < 100; line += 1) say(data(`${line} ${"x".repeat(50)}\n`));
    });
    const person = session(hub);
    await person.closed;
    expect(person.of("ended")?.reason).toContain("its transcript is full");
    const [file = ""] = readdirSync(folder);
    const text = readFileSync(join(folder, file), "utf8");
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(1_024);
    const recorded = text
      .trim()
      .split("\n")
      .slice(1)
      .map((line) => (JSON.parse(line) as string[])[2]);
    expect(person.bytes().toString()).toBe(recorded.join(""));
  });

  it("ends with the connection of the device, which is told as the reason", async () => {
    const { hub } = await open();
    const agent = await device(hub, agentAbilities, (message, say) => {
      if (message.kind === "open") say({ kind: "opened", terminal: false });
    });
    const person = session(hub);
    await hub.until(() => person.of("opened") !== undefined);
    agent.socket.terminate();
    await person.closed;
    expect(person.of("ended")?.reason).toContain("the connection of the device ended");
  });

  it("is one of four at most on a device; the fifth is refused until one has ended", async () => {
    const { hub } = await open();
    await device(hub, agentAbilities, (message, say) => {
      if (message.kind === "open") say({ kind: "opened", terminal: false });
      if (message.kind === "end") say(ended);
    });
    const four = [1, 2, 3, 4].map(() => session(hub));
    await hub.until(() => four.every((person) => person.of("opened") !== undefined));
    const fifth = session(hub);
    await fifth.closed;
    expect(fifth.of("refused")?.code).toBe("FL4152");
    four[0]?.say({ kind: "end" });
    await four[0]?.closed;
    const sixth = session(hub);
    await hub.until(() => sixth.of("opened") !== undefined);
  });

  it("is cut when the device sends more than anybody has taken", async () => {
    const { hub } = await open();
    const chunk = "x".repeat(40_000);
    await device(hub, agentAbilities, (message, say) => {
      if (message.kind !== "open") return;
      say({ kind: "opened", terminal: false });
      for (let bytes = 0; bytes < 2 * channelWindowBytes; bytes += chunk.length) say(data(chunk));
    });
    const person = session(hub);
    await person.closed;
    expect(person.of("ended")?.reason).toContain("more than was taken");
  });
});
