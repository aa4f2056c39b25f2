export type { DeviceDescription, SimulationDescription } from "./description.ts";
export { startDevice, type VirtualDevice, type VirtualDeviceOptions, type WorldChange } from "./device.ts";
export type { SimulatedHardware } from "./hardware.ts";
export { type Simulation, type SimulationOptions, startSimulation } from "./simulation.ts";
export type { World } from "./world.ts";
