import { channelMessages, sendToChannel } from "@fogline/contracts";
import type { Client } from "@fogline/rpc";
import type { DeviceEnd } from "./relay.ts";

const pageLimit = 32;
const waitMs = 20_000;

/** The device's end of a channel, through whichever gateway holds the device's connection. */
export const deviceEnd = (client: Client, node: string, channelId: string): DeviceEnd => ({
  send: async (messages) => (await client.call(sendToChannel, { node, channelId, messages: [...messages] }, { address: node, attemptsMax: 1 })).ok,
  poll: async (after, signal) => {
    const position = after === undefined ? {} : { after };
    const page = await client.poll(channelMessages, { node, channelId }, { ...position, address: node, limit: pageLimit, waitMs, signal });
    return page.ok ? page.value : undefined;
  },
});
