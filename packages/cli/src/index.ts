export { type HubAddress, type HubClient, hubClient } from "./hub-client.ts";
