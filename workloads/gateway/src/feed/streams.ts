import {
  type Activity,
  deploymentChanged,
  gitOpsChanged,
  nodeChanged,
  nodeSampled,
  serviceChanged,
  taskChanged,
  watchActivity,
  watchChanges,
} from "@fogline/contracts";
import type { Subscription } from "@fogline/ports";
import { type Client, type Handler, handleStream, type OwnStream, type OwnStreamOf, type StreamPage } from "@fogline/rpc";
import { activityOf, type FeedName, isFeedName } from "./activity.ts";
import type { FanOut, View } from "./fan-out.ts";
import type { Feed, FeedEntry } from "./ring.ts";
import type { SampleWatchers } from "./watchers.ts";

const events = [nodeChanged, nodeSampled, taskChanged, deploymentChanged, serviceChanged, gitOpsChanged] as const;
const sampleName: FeedName = nodeSampled.name;

/** Fills the feed from the bus. Every gateway gets every event, so no queue. */
export const fillFeed = (client: Client, feed: Feed): Promise<Subscription[]> =>
  Promise.all(
    events.map((event) => client.on(event as typeof nodeChanged, async (data, envelope) => feed.append(event.name, envelope.occurredAtMs, data))),
  );

/** The two feeds of the gateway, served from its own memory. */
export const feedHandlers = (feed: Feed, watchers: SampleWatchers, now: () => number): Handler[] => [
  handleStream(watchChanges, async ({ samples }, page) => {
    const leave = samples ? watchers.begin() : () => {};
    try {
      const wanted = (entry: FeedEntry) => samples || entry.name !== sampleName;
      const position = feed.positionOf(page.after);
      if (position.reset) return { items: [{ cursor: feed.cursorOf(position.sequence), item: changeReset(now()) }] };
      return { items: await next(feed, page, position.sequence, (entry) => (wanted(entry) ? changeOf(entry) : undefined)) };
    } finally {
      leave();
    }
  }),
  handleStream(watchActivity, async (_request, page) => {
    // Without a cursor from the oldest line that is known: a feed to read is better with its past.
    const position = page.after === undefined ? { sequence: feed.beginning, reset: false } : feed.positionOf(page.after);
    if (position.reset) return { items: [{ cursor: feed.cursorOf(position.sequence), item: { ...forgotten, atMs: now() } }] };
    return { items: await next(feed, page, position.sequence, lineOf) };
  }),
];

/** The same two feeds for readers over HTTP, of whom there may be hundreds: written once for all that see the same. */
export const feedStreams = (fanOut: FanOut, watchers: SampleWatchers): OwnStreamOf => {
  const changes = (samples: boolean): OwnStream => {
    const view = samples ? changesWithSamples : changesOnly;
    return (form, send, after) => {
      const leaveWatch = samples ? watchers.begin() : () => {};
      const leave = fanOut.join(view, form, send, after);
      return () => {
        leave();
        leaveWatch();
      };
    };
  };
  const lines: OwnStream = (form, send, after) => fanOut.join(activity, form, send, after);
  return ({ name }, request) => {
    if (name === watchActivity.name) return lines;
    return name === watchChanges.name ? changes(watchChanges.request.parse(request).samples) : undefined;
  };
};

const forgotten = { name: "reset", subject: "hub", message: "what happened before this is not known any more", severity: "info" } as const;

const changeOf = ({ name, atMs, data }: FeedEntry) => ({ name, atMs, data });

const changeReset = (atMs: number) => ({ name: "reset", atMs, data: null });
const changesWithSamples: View = { name: "changes with samples", itemOf: changeOf, begins: "now", reset: changeReset };
const changesOnly: View = {
  name: "changes",
  itemOf: (entry) => (entry.name === sampleName ? undefined : changeOf(entry)),
  begins: "now",
  reset: changeReset,
};
const activity: View = { name: "activity", itemOf: (entry) => lineOf(entry), begins: "oldest", reset: (atMs) => ({ ...forgotten, atMs }) };

const lineOf = ({ name, atMs, data }: FeedEntry): Activity | undefined => (isFeedName(name) ? activityOf(name, atMs, data) : undefined);

/** The items that `itemOf` makes of what follows a sequence: at once when there are some, else when the first arrives. */
const next = async <Item>(
  feed: Feed,
  { limit, signal }: StreamPage,
  from: number,
  itemOf: (entry: FeedEntry) => Item | undefined,
): Promise<{ cursor: string; item: Item }[]> => {
  let sequence = from;
  while (!signal.aborted) {
    const { items, upTo } = feed.after(sequence, limit, itemOf);
    if (items.length > 0) return items.map(({ sequence: at, item }) => ({ cursor: feed.cursorOf(at), item }));
    sequence = upTo;
    await feed.changed(signal);
  }
  return [];
};
