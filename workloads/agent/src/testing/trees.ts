import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** What the kernel of a device shows, by path below the root. Only what detection reads, with the values that such devices have. */
export type Tree = Readonly<Record<string, string>>;

const meminfo = (kib: number, availableKib: number) => `MemTotal:       ${kib} kB\nMemFree:        1000 kB\nMemAvailable:   ${availableKib} kB\n`;
const cores = (count: number, siblings: (core: number) => string = String): Tree =>
  Object.fromEntries(
    Array.from({ length: count }, (_, core) => [
      [`sys/devices/system/cpu/cpu${core}/topology/core_id`, String(core % 4)],
      [`sys/devices/system/cpu/cpu${core}/topology/thread_siblings_list`, siblings(core)],
    ]).flat(),
  );
const stat = (user: number, idle: number) => `cpu  ${user} 0 0 ${idle} 0 0 0 0 0 0\ncpu0 ${user} 0 0 ${idle} 0 0 0 0 0 0\n`;

export const jetson: Tree = {
  "proc/device-tree/model": "NVIDIA Jetson Orin Nano Developer Kit\0",
  "proc/meminfo": meminfo(7_802_964, 6_000_000),
  "proc/stat": stat(100, 900),
  "proc/uptime": "1234.56 4000.00\n",
  "proc/sys/kernel/osrelease": "5.15.148-tegra\n",
  "etc/nv_tegra_release": "# R36 (release), REVISION: 4.3\n",
  "etc/os-release": 'PRETTY_NAME="Ubuntu 22.04.5 LTS"\nID=ubuntu\n',
  // Zone 0 measures the always-on part of the chip; the processor comes later.
  "sys/class/thermal/thermal_zone0/type": "AO-therm\n",
  "sys/class/thermal/thermal_zone0/temp": "38000\n",
  "sys/class/thermal/thermal_zone1/type": "CPU-therm\n",
  "sys/class/thermal/thermal_zone1/temp": "61500\n",
  "sys/class/net/lo/type": "772\n",
  "sys/class/net/eth0/type": "1\n",
  "sys/class/net/eth0/speed": "1000\n",
  "sys/class/net/eth0/operstate": "up\n",
  "sys/class/net/docker0/type": "1\n",
  "run/containerd/containerd.sock": "",
  ...cores(6),
};

export const pi5: Tree = {
  "proc/device-tree/model": "Raspberry Pi 5 Model B Rev 1.0\0",
  "proc/meminfo": meminfo(8_245_680, 7_000_000),
  "proc/stat": stat(0, 1000),
  "proc/uptime": "10.00 39.00\n",
  "proc/sys/kernel/osrelease": "6.12.25+rpt-rpi-2712\n",
  "sys/class/thermal/thermal_zone0/type": "cpu-thermal\n",
  "sys/class/thermal/thermal_zone0/temp": "52150\n",
  "sys/class/net/eth0/type": "1\n",
  // A cable that is not plugged in: the driver says -1.
  "sys/class/net/eth0/speed": "-1\n",
  "sys/class/net/wlan0/type": "1\n",
  "sys/class/net/wlan0/wireless/status": "",
  "sys/class/bluetooth/hci0/address": "00:00:00:00:00:00\n",
  ...cores(4),
};

export const laptop: Tree = {
  "sys/devices/virtual/dmi/id/sys_vendor": "LENOVO\n",
  "sys/devices/virtual/dmi/id/product_name": "21CB001AGE\n",
  "sys/devices/virtual/dmi/id/chassis_type": "10\n",
  "proc/meminfo": meminfo(32_503_980, 20_000_000),
  "proc/stat": stat(500, 500),
  "proc/uptime": "86400.00 1.00\n",
  "proc/sys/kernel/osrelease": "6.12.0-amd64\n",
  "proc/driver/nvidia/gpus/0000:01:00.0/information": "Model: \t\t NVIDIA GeForce RTX 3050\nIRQ:   \t\t 180\n",
  "sys/class/power_supply/AC/type": "Mains\n",
  "sys/class/power_supply/AC/online": "0\n",
  "sys/class/power_supply/BAT0/type": "Battery\n",
  "sys/class/power_supply/BAT0/capacity": "40\n",
  "sys/class/power_supply/BAT0/status": "Discharging\n",
  "sys/class/power_supply/BAT1/type": "Battery\n",
  "sys/class/power_supply/BAT1/capacity": "60\n",
  "sys/class/power_supply/BAT1/status": "Not charging\n",
  "sys/class/power_supply/hidpp_battery_0/type": "Battery\n",
  "sys/class/power_supply/hidpp_battery_0/scope": "Device\n",
  "sys/class/power_supply/hidpp_battery_0/capacity": "5\n",
  "sys/class/thermal/thermal_zone0/type": "acpitz\n",
  "sys/class/thermal/thermal_zone0/temp": "27800\n",
  "sys/class/thermal/thermal_zone7/type": "x86_pkg_temp\n",
  "sys/class/thermal/thermal_zone7/temp": "71000\n",
  "sys/class/net/wlp0s20f3/type": "1\n",
  "sys/class/net/wlp0s20f3/phy80211/name": "phy0\n",
  "sys/class/net/wwan0/type": "65534\n",
  // Eight threads on four cores.
  ...cores(8, (thread) => `${thread % 4},${(thread % 4) + 4}`),
};

export const phone: Tree = {
  "proc/device-tree/model": "Google Pixel 7\0",
  "proc/meminfo": meminfo(7_500_000, 3_000_000),
  "proc/stat": stat(1, 1),
  "proc/uptime": "1.00 1.00\n",
  // Phones name their battery as they like.
  "sys/class/power_supply/main-battery/type": "Battery\n",
  "sys/class/power_supply/main-battery/capacity": "9\n",
  "sys/class/power_supply/main-battery/status": "Charging\n",
  "sys/class/thermal/thermal_zone0/type": "soc_thermal\n",
  // The driver cannot read it and says so with an absurd value.
  "sys/class/thermal/thermal_zone0/temp": "-273150\n",
  "proc/cpuinfo": "processor\t: 0\nprocessor\t: 1\n",
};

/** A desktop whose processor is measured by a hardware monitor only; the thermal zone is the case's, the first monitors are the disk's and the board's. */
export const desktop: Tree = {
  "proc/meminfo": meminfo(16_000_000, 9_000_000),
  "proc/stat": stat(1, 9),
  "proc/uptime": "5.00 5.00\n",
  "sys/class/thermal/thermal_zone0/type": "acpitz\n",
  "sys/class/thermal/thermal_zone0/temp": "16800\n",
  "sys/class/hwmon/hwmon0/name": "nvme\n",
  "sys/class/hwmon/hwmon0/temp1_label": "Composite\n",
  "sys/class/hwmon/hwmon0/temp1_input": "37850\n",
  "sys/class/hwmon/hwmon1/name": "nct6775\n",
  "sys/class/hwmon/hwmon1/temp1_label": "CPUTIN\n",
  "sys/class/hwmon/hwmon1/temp1_input": "41000\n",
  "sys/class/hwmon/hwmon2/name": "k10temp\n",
  "sys/class/hwmon/hwmon2/temp1_label": "Tctl\n",
  "sys/class/hwmon/hwmon2/temp1_input": "68250\n",
  "sys/class/hwmon/hwmon2/temp2_label": "Tdie\n",
  "sys/class/hwmon/hwmon2/temp2_input": "58250\n",
  "sys/class/net/enp5s0/type": "1\n",
  "sys/class/net/enp5s0/statistics/rx_bytes": "1000\n",
  "sys/class/net/enp5s0/statistics/tx_bytes": "20\n",
  "sys/class/net/wlp6s0/type": "1\n",
  "sys/class/net/wlp6s0/statistics/rx_bytes": "5\n",
  "sys/class/net/wlp6s0/statistics/tx_bytes": "7\n",
  "sys/class/net/lo/statistics/rx_bytes": "99999\n",
  "sys/class/net/lo/statistics/tx_bytes": "99999\n",
  "sys/class/net/lo/type": "772\n",
};

/** Writes a tree below a folder. */
export const plant = async (folder: string, tree: Tree): Promise<void> => {
  for (const [path, text] of Object.entries(tree)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
};
