import { networkInterfaces } from "node:os";
import { type Board, readBoard, SERVICE_TYPE } from "@fogline/gitops";
import type { ResponsePacket } from "multicast-dns";
import multicastDns from "multicast-dns";

const service = `${SERVICE_TYPE}.local`;
/** Questions are said again, because packets are lost and boards are slow: RFC 6762, section 5.2, asks for at least a second between them. */
const askAgainMs = 1_000;
/** What is kept of what anybody on the network may send. */
const instancesMax = 2_000;

type Answer = NonNullable<ResponsePacket["answers"]>[number];

/** What was heard of one instance of the service. */
interface Heard {
  txt?: ReadonlyMap<string, string>;
  host?: string;
}

/** Collects records into boards. Apart from the sockets, so that it can be tried on packets. */
export class Hearing {
  readonly #instances = new Map<string, Heard>();
  readonly #addresses = new Map<string, string>();

  /** Takes an answer, and returns the instances of which something is still missing. */
  take({ answers = [], additionals = [] }: Pick<ResponsePacket, "answers" | "additionals">): readonly string[] {
    for (const answer of [...answers, ...additionals]) this.#record(answer);
    return [...this.#instances]
      .filter(([, { txt, host }]) => txt === undefined || host === undefined || !this.#addresses.has(host))
      .map(([name]) => name);
  }

  #record(answer: Answer): void {
    if (answer.type === "PTR" && answer.name.toLowerCase() === service) this.#instance(String(answer.data));
    // A record without time to live says that the service is gone (RFC 6762, section 10.1).
    if (answer.type === "PTR" && answer.name.toLowerCase() === service && answer.ttl === 0) this.#instances.delete(String(answer.data));
    if (answer.type === "SRV" && isInstance(answer.name)) this.#instance(answer.name).host = answer.data.target.toLowerCase();
    if (answer.type === "TXT" && isInstance(answer.name)) this.#instance(answer.name).txt = textsOf(answer.data);
    if (answer.type === "A" && this.#addresses.size < instancesMax) this.#addresses.set(answer.name.toLowerCase(), answer.data);
  }

  #instance(name: string): Heard {
    const known = this.#instances.get(name) ?? {};
    if (this.#instances.has(name) || this.#instances.size < instancesMax) this.#instances.set(name, known);
    return known;
  }

  /** The boards, by serial number, and how many instances said something that no board of ours says. */
  boards(): { readonly boards: readonly Board[]; readonly malformed: number } {
    const boards: Board[] = [];
    let malformed = 0;
    for (const { txt, host } of this.#instances.values()) {
      const address = this.#addresses.get(host ?? "");
      if (txt === undefined || address === undefined) continue;
      const board = readBoard(txt, address);
      if (board.ok) boards.push(board.value);
      else malformed++;
    }
    return { boards: boards.toSorted((a, b) => (a.serial < b.serial ? -1 : 1)), malformed };
  }
}

const isInstance = (name: string): boolean => name.toLowerCase().endsWith(`.${service}`);

/** The `key=value` texts of a TXT record; of a key that is there twice the first counts (RFC 6763, section 6.4). */
const textsOf = (data: string | Buffer | readonly (string | Buffer)[]): ReadonlyMap<string, string> => {
  const texts = (Array.isArray(data) ? data : [data]).map(String);
  const pairs = texts.flatMap((text): [string, string][] => {
    const at = text.indexOf("=");
    return at < 1 ? [] : [[text.slice(0, at).toLowerCase(), text.slice(at + 1)]];
  });
  return new Map(pairs.reverse());
};

/** IPv4 addresses of this machine's own networks; the loopback only where there is nothing else. */
const cards = (): readonly string[] => {
  const all = Object.values(networkInterfaces()).flatMap((some) => (some ?? []).filter(({ family }) => family === "IPv4"));
  const outside = all.filter(({ internal }) => !internal);
  return (outside.length > 0 ? outside : all).map(({ address }) => address);
};

/** Asks on every network of this machine for boards that announce themselves, and listens for a while. */
export const browse = async (forMs: number): Promise<ReturnType<Hearing["boards"]>> => {
  const hearing = new Hearing();
  // Sent and joined on one card each, but bound to none: a socket that is bound to an address hears no multicast.
  const sockets = cards().map((address) => multicastDns({ interface: address, bind: "0.0.0.0", reuseAddr: true }));
  try {
    for (const socket of sockets) {
      // A network that takes no multicast is one without boards; the others are asked all the same.
      socket.on("error", () => undefined);
      socket.on("warning", () => undefined);
      socket.on("response", (packet) => {
        const missing = hearing.take(packet).slice(0, 20);
        if (missing.length > 0)
          socket.query(
            missing.flatMap((name) => [
              { name, type: "SRV" as const },
              { name, type: "TXT" as const },
            ]),
          );
      });
    }
    const ask = (): void => {
      for (const socket of sockets) socket.query(service, "PTR");
    };
    ask();
    const again = setInterval(ask, askAgainMs);
    await new Promise((resolve) => setTimeout(resolve, forMs));
    clearInterval(again);
  } finally {
    await Promise.all(sockets.map((socket) => new Promise<void>((resolve) => socket.destroy(() => resolve()))));
  }
  return hearing.boards();
};
