import type { Device, Fleet } from "@fogline/fleet";
import { hostFiles } from "../host/files.ts";
import { cloudInitFiles } from "./cloud-init.ts";
import type { FirstBootFile, FirstBootInputs } from "./inputs.ts";
import { jetsonOverlay } from "./jetson-overlay.ts";
import { jetsonReadme } from "./jetson-readme.ts";
import { firstBootWay } from "./way.ts";

/** The files that make a blank machine come up as its device. Pure: equal inputs give equal text. */
export const firstBootFiles = (inputs: FirstBootInputs): readonly FirstBootFile[] => {
  const { fleet, device, token } = inputs;
  switch (firstBootWay(device)) {
    case "pi":
    case "seed":
      return cloudInitFiles(inputs);
    case "jetson":
      return [{ path: "README.md", text: jetsonReadme({ fleet, device, withToken: token !== undefined }), mode: "0600" }, ...jetsonOverlay(inputs)];
    case "none":
      return [];
  }
};

/**
 * The words that a Pi's `cmdline.txt` needs before its first boot: without them a node of K3s cannot limit memory, and provisioning would have to boot it
 * once more. They are those of its rendered host files.
 */
export const commandLineWords = (fleet: Fleet, device: Device): readonly string[] => {
  if (firstBootWay(device) !== "pi") return [];
  const text =
    [...hostFiles(fleet, device.cluster === undefined ? undefined : [device.cluster])].find(([path]) =>
      path.endsWith(`/${device.id}/boot/cmdline.txt`),
    )?.[1] ?? "";
  return text
    .split("\n")
    .filter((line) => !line.startsWith("#"))
    .flatMap((line) => line.split(" "))
    .filter((word) => word !== "");
};

/** The one line of `cmdline.txt` with the words that it lacks; the same text where it lacks none. */
export const withWords = (commandLine: string, words: readonly string[]): string => {
  const [line = ""] = commandLine.split("\n");
  const present = line.split(" ").filter((word) => word !== "");
  const missing = words.filter((word) => !present.includes(word));
  return missing.length === 0 ? commandLine : `${[...present, ...missing].join(" ")}\n`;
};
