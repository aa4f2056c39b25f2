import { z } from "zod";
import * as quantity from "../quantities.ts";
import { bootMedia, governors } from "./facts.ts";

/** The components that K3s brings along and that can be left out. CoreDNS and the runtime classes are not among them: nothing works without. */
export const components = ["traefik", "servicelb", "local-storage", "metrics-server"] as const;
export type Component = (typeof components)[number];

const component = z.enum(components);

/** What supplies of a Pi 5 give. */
export const supplies = ["3A", "5A"] as const;

/** `host` of a device or of a layer above it: how the machine itself is set up. */
export const hostOptions = z.strictObject({
  governor: z.enum(governors).optional().describe("How the kernel chooses a CPU clock. Default by hardware."),
  clocks: z.boolean().optional().describe("Jetson: hold the clocks at the power mode's maximum. Default false."),
  eeprom: z
    .strictObject({
      boot: z
        .array(z.enum(bootMedia))
        .min(1)
        .max(bootMedia.length)
        .optional()
        .describe("What it boots from, in this order, from the beginning again when nothing did. Default as the board has it."),
      powerOffOnHalt: z
        .boolean()
        .optional()
        .describe(
          "Whether a halt switches its power off, after which only its button, its clock or its supply starts it. Default as the board has it.",
        ),
      supply: z
        .enum(supplies)
        .optional()
        .describe("Pi 5: what a supply gives that cannot say so itself, such as one at the pins. Default what the supply says."),
    })
    .optional()
    .describe("Raspberry Pi: boot settings that it keeps in its EEPROM."),
  reserved: z
    .strictObject({
      memory: quantity.bytes.optional().describe("Memory that the system keeps. Default by hardware."),
      cpu: quantity.cpu.optional().describe("Cores that the system keeps. Default by hardware."),
    })
    .optional()
    .describe("What operating system, K3s and agent keep for themselves."),
  zram: quantity.percent.optional().describe("Share of the memory offered as compressed swap. Default 50% on Jetson and Pi, else 0%."),
  swap: quantity.bytes.optional().describe("Size of a swap file on the data medium. Default none."),
  journal: z
    .strictObject({
      storage: z
        .enum(["volatile", "persistent"])
        .optional()
        .describe("In memory, or on disk. Default volatile on SD card and eMMC, else persistent."),
      size: quantity.bytes.optional().describe("The most it takes. Default 64MiB volatile, 512MiB persistent."),
    })
    .optional()
    .describe("The system's journal."),
  encrypt: z.boolean().optional().describe("Whether the data disk is encrypted (LUKS). Default false."),
  time: z.array(quantity.timeServer).min(1).max(8).optional().describe("Servers that the clock follows. Default those of the site."),
  firewall: z
    .strictObject({
      input: z
        .enum(["drop", "accept"])
        .optional()
        .describe("What becomes of packets that nothing lets in. Default drop; accept is for who filters elsewhere."),
      open: z.array(quantity.openPort).max(100).optional().describe("Ports that anybody may reach, beside what the fleet needs."),
    })
    .optional()
    .describe("What the device answers to."),
  sysctl: z
    .record(z.string(), z.union([z.string(), z.int()]))
    .optional()
    .describe("Kernel settings by name, such as vm.swappiness."),
  taints: z.array(z.string()).max(20).optional().describe("Taints of the node: key=value:Effect."),
  kubelet: z
    .strictObject({ maxPods: z.int().min(5).max(500).optional().describe("Pods that the node takes at most. Default 110.") })
    .optional()
    .describe("Settings of the node's kubelet."),
  k3s: z
    .strictObject({
      keep: z.array(component).optional().describe("Components of K3s to keep although they are left out by default."),
      disable: z.array(component).optional().describe("Components of K3s to leave out although they are kept by default."),
    })
    .optional()
    .describe("Components of K3s: traefik, servicelb, local-storage and metrics-server."),
  ssh: z
    .strictObject({
      user: quantity.loginName.optional().describe("The user to sign in as, who may use sudo. Default that of `access`."),
      port: z.int().min(1).max(65535).optional().describe("The port of its SSH server. Default 22."),
      jump: quantity.jumpHost.optional().describe("A machine to go through where it is not reached directly: user@host:port."),
    })
    .optional()
    .describe("How `fogline bootstrap` reaches the machine."),
});

/** `host` as it stands in a fleet file. */
export type HostTable = z.infer<typeof hostOptions>;
