import type { Device, Fleet } from "@fogline/fleet";

/** What becomes of the files of a first boot: those of one machine, and with which rights. */
export interface FirstBootFile {
  /** From the folder that is written. */
  readonly path: string;
  readonly text: string;
  readonly mode: "0600" | "0644" | "0755";
}

/** A wireless network that a machine joins. */
export interface Wifi {
  readonly ssid: string;
  /** 8 to 63 characters, or the key itself as 64 hexadecimal digits. */
  readonly password: string;
  /** Whose rules the radio keeps: two capital letters of ISO 3166. */
  readonly country: string;
}

/** A pair of keys by which a machine is known again, made before it boots. */
export interface HostKey {
  /** OpenSSH's own form, PEM. */
  readonly privateKey: string;
  /** One line: `ssh-ed25519 AAAA...`. */
  readonly publicKey: string;
}

/** What the texts of a machine are made from, beside the fleet. All of it was checked before. */
export interface FirstBootInputs {
  readonly fleet: Fleet;
  readonly device: Device;
  /** SSH public keys of those who may sign in: the fleet's, and what was given beside. */
  readonly keys: readonly string[];
  readonly hostKey: HostKey;
  /** With it the agent enrols by itself. */
  readonly token?: string;
  readonly wifi?: Wifi;
  /** Tells one image of the device from the next: cloud-init does everything anew where it changes. Eight hexadecimal digits. */
  readonly instance: string;
}

/** What cloud-init is told of an instance, and what we know an image by: `fogline.<device>.<instance>`. */
export const instanceId = (device: string, instance: string): string => `fogline.${device}.${instance}`;

/** The device that an image was made for, by its meta-data; `undefined` where that is not ours. */
export const imagedDevice = (metaData: string): string | undefined =>
  /^instance-id: ["']?fogline\.([a-z0-9-]+)\.[0-9a-f]{8}["']?$/m.exec(metaData)?.[1];
