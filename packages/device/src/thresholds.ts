/** Where batteries and temperatures change what a device does. Percent from 0 to 100, degrees Celsius. */
export interface PowerThresholds {
  readonly batteryCriticalPercent: number;
  readonly batteryLowPercent: number;
  readonly batteryConservativePercent: number;
  readonly warmCelsius: number;
  readonly hotCelsius: number;
  readonly criticalCelsius: number;
}

/** Battery 10, 20 and 40 %; warm from 45, hot from 55, critical from 65 degrees Celsius. */
export const powerThresholds: PowerThresholds = Object.freeze({
  batteryCriticalPercent: 10,
  batteryLowPercent: 20,
  batteryConservativePercent: 40,
  warmCelsius: 45,
  hotCelsius: 55,
  criticalCelsius: 65,
});

/** A sensor value as the rules see it: what is missing or not a finite number counts as unknown. */
export const known = (value: number | null): number | undefined => (value !== null && Number.isFinite(value) ? value : undefined);
