import { GIBIBYTE } from "@fogline/units";
import { describe, expect, it } from "vitest";
import { classify, type DeviceFacts } from "./index.ts";

const blank: DeviceFacts = {
  architecture: "amd64",
  model: null,
  batteryPowered: false,
  memoryBytes: 8 * GIBIBYTE,
  chassisType: null,
  formFactor: null,
};
const classOf = (facts: Partial<DeviceFacts>) => classify({ ...blank, ...facts }).deviceClass;

describe("the class of a device", () => {
  it.each([
    ["NVIDIA Jetson Orin NX Engineering Reference Developer Kit", "jetson"],
    ["nvidia,tegra234", "jetson"],
    ["Raspberry Pi 5 Model B Rev 1.0", "raspberry-pi"],
    ["iPad13,4", "tablet"],
    ["Samsung Galaxy Tab S9", "tablet"],
    ["Surface Tablet", "tablet"],
    ["iPhone 15", "smartphone"],
    ["Google Pixel 8", "smartphone"],
    ["Samsung Galaxy S23", "smartphone"],
    ["Fairphone 5", "smartphone"],
    ["ThinkPad X1 Carbon", "laptop"],
    ["MacBookPro18,3", "laptop"],
    ["Some Laptop 3", "laptop"],
    ["HP Notebook", "laptop"],
    ["TI AM335x BeagleBone Black", "iot"],
    ["ESP32", "iot"],
    ["Industrial Gateway", "iot"],
    ["Standard PC (Q35 + ICH9) KVM", "server"],
    ["QEMU Virtual Machine", "server"],
    ["VMware7,1", "server"],
    ["Droplet", "server"],
    ["Google Compute Engine", "server"],
    ["Amazon EC2", "server"],
    ["PowerEdge R740", "server"],
    ["ProLiant DL380", "server"],
  ])("of model %j is %s", (model, deviceClass) => {
    expect(classify({ ...blank, model })).toEqual({ deviceClass, because: `model "${model}"` });
  });

  it.each([
    ["phone", "smartphone"],
    ["handset", "smartphone"],
    ["Tablet", "tablet"],
    ["laptop", "laptop"],
    ["convertible", "laptop"],
    ["desktop", "desktop"],
    ["server", "server"],
    ["vm", "server"],
    ["embedded", "iot"],
    ["watch", "iot"],
    ["tv", "iot"],
  ])("of form factor %s is %s", (formFactor, deviceClass) => {
    expect(classify({ ...blank, formFactor })).toEqual({ deviceClass, because: `form factor "${formFactor.toLowerCase()}"` });
  });

  it.each([
    [[3, 4, 5, 6, 7, 13, 15, 16, 35, 36], "desktop"],
    [[8, 9, 10, 14, 31, 32], "laptop"],
    [[11], "smartphone"],
    [[30], "tablet"],
    [[17, 23, 25, 28, 29], "server"],
    [[33, 34], "iot"],
  ] as const)("of chassis types %j is %s", (types, deviceClass) => {
    for (const chassisType of types) expect(classify({ ...blank, chassisType })).toEqual({ deviceClass, because: `chassis type ${chassisType}` });
  });

  it("is told by how it is built when nothing names it", () => {
    expect(classify({ ...blank, batteryPowered: true })).toEqual({ deviceClass: "laptop", because: "amd64 with a battery" });
    expect(classify({ ...blank, memoryBytes: 64 * GIBIBYTE })).toEqual({
      deviceClass: "desktop",
      because: "amd64 without a battery, at most 64 GiB",
    });
    expect(classify({ ...blank, memoryBytes: 64 * GIBIBYTE + 1 })).toEqual({
      deviceClass: "server",
      because: "amd64 without a battery, more than 64 GiB",
    });
    expect(classify({ ...blank, architecture: "arm64", batteryPowered: true })).toEqual({
      deviceClass: "smartphone",
      because: "arm64 with a battery",
    });
    expect(classify({ ...blank, architecture: "arm64", memoryBytes: 16 * GIBIBYTE })).toEqual({
      deviceClass: "iot",
      because: "arm64, and nothing says more",
    });
    expect(classify({ ...blank, architecture: "arm64", memoryBytes: 16 * GIBIBYTE + 1 })).toEqual({
      deviceClass: "server",
      because: "arm64 without a battery, more than 16 GiB",
    });
    expect(classOf({ architecture: "riscv64", memoryBytes: 128 * GIBIBYTE, batteryPowered: true })).toBe("iot");
    expect(classOf({ architecture: "arm" })).toBe("iot");
  });

  it("follows the model before the form factor, and that before the chassis", () => {
    expect(classOf({ model: "Raspberry Pi 4", formFactor: "phone", chassisType: 17 })).toBe("raspberry-pi");
    expect(classOf({ model: "Acme 3000", formFactor: "phone", chassisType: 17 })).toBe("smartphone");
    expect(classOf({ model: "Acme 3000", formFactor: "toaster", chassisType: 17, batteryPowered: true })).toBe("server");
  });

  it("is not led astray by chassis types and form factors that say nothing", () => {
    for (const chassisType of [0, 1, 2, 99]) expect(classOf({ chassisType })).toBe("desktop");
    for (const formFactor of ["", "unknown", "constructor", "toString"]) expect(classOf({ formFactor })).toBe("desktop");
  });
});
