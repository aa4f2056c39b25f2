export type { DeviceDescription, SimulationDescription } from "./description.ts";
export type { VirtualDevice, VirtualDeviceOptions, WorldChange } from "./device.ts";
export type { SimulatedHardware } from "./hardware.ts";
export { identityFile } from "./identity-file.ts";
export { type Simulation, type SimulationOptions, startSimulation } from "./simulation.ts";
export type { World } from "./world.ts";
