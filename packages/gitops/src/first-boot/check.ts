import type { Finding } from "@fogline/findings";
import type { Device, Fleet } from "@fogline/fleet";
import { networkOf } from "./network.ts";
import { firstBootWay, mayHaveSeveralCards } from "./way.ts";

/** What is asked of an image beside the device. */
export interface FirstBootRequest {
  /** SSH public keys of those who may sign in: the fleet's, and what was given beside. */
  readonly keys: readonly string[];
  readonly wifi: boolean;
}

type FirstBootCode = "FL4130" | "FL4131" | "FL4132";

const of = (code: FirstBootCode, message: string, { place }: Device, remedy: string): Finding => ({
  code,
  severity: "error",
  message,
  place,
  remedy,
});

/** Why no image can be made for a device: every reason at once, none where it can. */
export const firstBootFindings = (fleet: Fleet, device: Device, { keys, wifi }: FirstBootRequest): readonly Finding[] => {
  const way = firstBootWay(device);
  if (way === "none") {
    const message = `${device.id} is a ${device.hardware}, which boots no image of ours`;
    return [of("FL4130", message, device, "Install the agent there as an application, and enrol it: `fogline device enrol`.")];
  }
  const nobody = keys.length === 0;
  const unknown = device.address !== undefined && networkOf(fleet, device) === undefined;
  const several = device.address !== undefined && device.mac === undefined && mayHaveSeveralCards(device);
  return [
    ...(nobody ? [of("FL4131", `nobody could sign in on ${device.id}: there is no SSH public key`, device, keyRemedy)] : []),
    ...(unknown
      ? [
          of(
            "FL4132",
            `the fleet gives ${device.id} the address ${device.address}, and no network of ${device.site} has it`,
            device,
            networkRemedy(device),
          ),
        ]
      : []),
    ...(several
      ? [
          of(
            "FL4132",
            `${device.id} may have several network cards, and nothing says which one gets ${device.address}`,
            device,
            "State its `mac` in the fleet file.",
          ),
        ]
      : []),
    ...(wifi && way === "jetson"
      ? [of("FL4132", `a Jetson such as ${device.id} has no radio of its own`, device, "Leave --wifi out, and use a cable.")]
      : []),
  ];
};

const keyRemedy = 'Add yours to the fleet file, `access: { keys: ["ssh-ed25519 ..."] }`, or name it with --ssh-key ~/.ssh/id_ed25519.pub.';

const networkRemedy = ({ address = "", site }: Device): string => {
  const start = address.split(".").slice(0, 3).join(".");
  return `Add it: \`sites: { ${site}: { networks: { ${start}.0/24: { gateway: ${start}.1 } } } }\`. Without an address the device asks DHCP.`;
};
