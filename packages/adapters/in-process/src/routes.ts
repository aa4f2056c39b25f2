import { checkPattern, checkSubject, type Receiver, subjectMatches } from "@fogline/ports";
import type { Delay } from "./faults.ts";

/** One subscriber or responder. */
export interface Route<Handler> {
  readonly pattern: string;
  readonly queue: string | undefined;
  readonly handler: Handler;
  readonly receiver: Receiver;
  readonly delay: Delay;
}

/** Whom a message is for: each group gets it once. A subscriber without a queue is a group of its own. */
export interface Group<Handler> {
  readonly members: readonly Route<Handler>[];
  /** Where the search for a member begins; moves on with each message, so that members share the work. */
  turn: number;
}

export interface Routes<Handler> {
  add(route: Route<Handler>): () => void;
  /** Throws TypeError when `subject` is none. */
  to(subject: string): readonly Group<Handler>[];
  all(): Iterable<Route<Handler>>;
}

/** Subjects whose receivers are remembered; the memory is emptied when it is full or somebody comes or goes. */
const rememberedMax = 10_000;

export const routes = <Handler>(): Routes<Handler> => {
  const known = new Set<Route<Handler>>();
  const remembered = new Map<string, readonly Group<Handler>[]>();

  const find = (subject: string): readonly Group<Handler>[] => {
    const matching = [...known].filter(({ pattern }) => subjectMatches(pattern, subject));
    const alone = matching.filter(({ queue }) => queue === undefined).map((route) => ({ members: [route], turn: 0 }));
    const queues = Map.groupBy(
      matching.filter(({ queue }) => queue !== undefined),
      ({ queue }) => queue,
    );
    return [...alone, ...[...queues.values()].map((members) => ({ members, turn: 0 }))];
  };

  return {
    add: (route) => {
      checkPattern(route.pattern);
      known.add(route);
      remembered.clear();
      return () => {
        known.delete(route);
        remembered.clear();
      };
    },
    to: (subject) => {
      const before = remembered.get(subject);
      if (before !== undefined) return before;
      checkSubject(subject);
      const groups = find(subject);
      if (remembered.size >= rememberedMax) remembered.clear();
      remembered.set(subject, groups);
      return groups;
    },
    all: () => known,
  };
};

/** Takes a place with the next member of the group that has one; `undefined` when all are full. */
export const reserveIn = <Handler>(group: Group<Handler>): Route<Handler> | undefined => {
  for (let tried = 0; tried < group.members.length; tried++) {
    const route = group.members[group.turn++ % group.members.length];
    if (route?.receiver.reserve()) return route;
  }
  return undefined;
};
