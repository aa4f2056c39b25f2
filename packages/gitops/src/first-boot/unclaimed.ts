import type { Fleet, Site } from "@fogline/fleet";
import { yamlText } from "@fogline/manifests";
import { announcementFiles, type Invitation } from "./announcement.ts";
import { cloudConfig, commonUserData, hostsLine, named, quietPi, wipe } from "./cloud-init.ts";
import { type FirstBootFile, instanceId, type Wifi } from "./inputs.ts";
import { dhcpConfig } from "./network.ts";

export interface UnclaimedInputs {
  readonly fleet: Fleet;
  readonly site: Site;
  readonly keys: readonly string[];
  readonly invitation: Invitation;
  readonly wifi?: Wifi;
}

/** The host name of a board that has no slot yet. */
export const UNCLAIMED = "unclaimed";

/** What cloud-init reads on a board of which nothing is known but its site: any number of boards may start from it, each makes its own host key. */
export const unclaimedFiles = ({ fleet, site, keys, invitation, wifi }: UnclaimedInputs): readonly FirstBootFile[] => [
  {
    path: "user-data",
    text: cloudConfig(`boards at ${site.name} that no slot claims yet`, {
      ...named(UNCLAIMED),
      ...commonUserData(fleet, site, keys),
      ssh_deletekeys: true,
      ssh_genkeytypes: ["ed25519"],
      write_files: [
        hostsLine(UNCLAIMED),
        ...announcementFiles(invitation).map(({ path, text, mode }) => ({ path, owner: "root:root", permissions: mode, content: text })),
      ],
      bootcmd: [[...quietPi]],
      runcmd: [
        ["systemctl", "enable", "--now", "ssh"],
        ["systemctl", "daemon-reload"],
        ["systemctl", "enable", "--now", "fogline-announce.service"],
        [...wipe(wifi !== undefined)],
      ],
    }),
    mode: "0600",
  },
  { path: "meta-data", text: yamlText({ "instance-id": instanceId(UNCLAIMED, invitation.id), "local-hostname": UNCLAIMED }), mode: "0600" },
  { path: "network-config", text: dhcpConfig(wifi), mode: "0600" },
];
