import { Command } from "./command.tsx";

/** The first visit: how a device comes into the fleet. */
export const NoDevices = () => (
  <div class="empty">
    <p>
      No device is in the fleet yet. <a href="/enrol">Enrol one</a>, or add one to clusters/fleet.yaml; it appears here as soon as its agent connects:
    </p>
    <Command text="npx fogline fleet add-device pi-1 --hardware pi-5-8 --site headquarters" />
  </div>
);
