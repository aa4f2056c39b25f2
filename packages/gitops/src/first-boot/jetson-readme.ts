import type { Device, Fleet } from "@fogline/fleet";
import { flashConfig, isJetsonName, type JetsonBoard, jetsonBoards } from "./jetson-boards.ts";

const nvmeLayout = "tools/kernel_flash/flash_l4t_t234_nvme.xml";
const bootChain = '-p "-c bootloader/generic/cfg/flash_t234_qspi.xml"';

/** The one command that writes the system. */
export const flashCommand = (board: JetsonBoard, config: string): string =>
  board.system === "emmc"
    ? `sudo ./flash.sh ${config} internal`
    : `sudo ./tools/kernel_flash/l4t_initrd_flash.sh --external-device nvme0n1p1 -c ${nvmeLayout} \\
  ${bootChain} --showlogs --network usb0 ${config} internal`;

const encryptedCommands = (board: JetsonBoard, config: string): string =>
  board.system === "emmc"
    ? `sudo ROOTFS_ENC=1 ./tools/kernel_flash/l4t_initrd_flash.sh --showlogs --network usb0 \\
  -i disk_enc.key ${config} internal`
    : `sudo ROOTFS_ENC=1 ./tools/kernel_flash/l4t_initrd_flash.sh --no-flash ${bootChain} --network usb0 ${config} internal
sudo ROOTFS_ENC=1 ./tools/kernel_flash/l4t_initrd_flash.sh --no-flash --external-device nvme0n1p1 -i disk_enc.key \\
  -c tools/kernel_flash/flash_l4t_t234_nvme_rootfs_enc.xml --external-only --append --network usb0 ${config} external
sudo ./tools/kernel_flash/l4t_initrd_flash.sh --showlogs --network usb0 --flash-only`;

const power = (board: JetsonBoard, config: string, { powerWatts }: Device): string => {
  if (powerWatts === undefined) return "The fleet file states no power for it: the board starts in the mode of its image.";
  const known = `The fleet file wants ${powerWatts} W of it.`;
  if (config === board.superConfig)
    return `${known} That is above the ${board.ordinaryWatts} W of \`${board.config}\`, so it is flashed as \`${config}\`, which has the modes.`;
  return `${known} \`${config}\` has a mode for that; provisioning sets it.`;
};

/** What to type at the flashing host, for one device. */
export const jetsonReadme = ({
  fleet,
  device,
  withToken,
}: {
  readonly fleet: Fleet;
  readonly device: Device;
  readonly withToken: boolean;
}): string => {
  if (!isJetsonName(device.hardware)) throw new Error(`${device.hardware} is no Jetson`);
  const board = jetsonBoards[device.hardware];
  const config = flashConfig(board, device);
  const { user } = fleet.access;
  return `# ${device.id}: a ${device.hardware}, from blank to its first boot

Made by \`fogline device image ${device.id}\`. **\`rootfs/\` holds a private key${withToken ? " and a token" : ""}: remove this folder when the board runs.**
The flashing host is a PC with Ubuntu 22.04 and a USB cable to the board. The commands are those of Jetson Linux 36.4 (JetPack 6), for the carrier
board of NVIDIA's developer kit; another carrier board comes with a configuration of its own, which takes the place of \`${config}\`.

## 1. The image

\`Jetson_Linux_R36.*_aarch64.tbz2\` and \`Tegra_Linux_Sample-Root-Filesystem_R36.*_aarch64.tbz2\` from NVIDIA's download page, then

\`\`\`sh
tar xf Jetson_Linux_R36.*_aarch64.tbz2
sudo tar xpf Tegra_Linux_Sample-Root-Filesystem_R36.*_aarch64.tbz2 -C Linux_for_Tegra/rootfs/
cd Linux_for_Tegra
sudo ./tools/l4t_flash_prerequisites.sh
sudo ./apply_binaries.sh
\`\`\`

## 2. This device

\`\`\`sh
# Once for this Linux_for_Tegra: without a user the board waits at its screen for somebody to make one. The password is nobody's: the first boot locks it.
sudo ./tools/l4t_create_default_user.sh --username ${user} --password "$(openssl rand -base64 24)" --hostname ${device.id} --accept-license
# What an earlier board left there, its token among it.
sudo rm -rf rootfs/etc/fogline
# Owner root, modes as they are.
sudo cp -r --preserve=mode <this folder>/rootfs/. rootfs/
sudo systemctl --root="$PWD/rootfs" enable fogline-first-boot.service
\`\`\`

The folder \`rootfs\` of Linux_for_Tegra is ${device.id} from now on. For the next board do the last three with that one's folder: its files have the same names.

## 3. Flash

${board.recovery} \`lsusb\` on the host shows \`NVIDIA Corp.\` with \`APX\`. Then

\`\`\`sh
${flashCommand(board, config)}
\`\`\`

${power(board, config, device)}
${board.system === "nvme" ? "The system goes to the NVMe; the boot chain goes to the module's own flash. The NVMe is overwritten." : "The system goes to the module's eMMC, which is overwritten. A data disk is not touched."}

### With an encrypted system

Only while flashing can the system's disk be encrypted; later there is a data disk at most (\`storage\` of provisioning). It needs a key that is fused
into the board (\`disk_enc.key\`, the EKB: "Disk Encryption" in NVIDIA's Developer Guide), and a release from 36.3 on, since 36.2 lacks it. In place of the command above:

\`\`\`sh
${encryptedCommands(board, config)}
\`\`\`

## 4. First boot

The board starts by itself, makes the user \`${user}\`, and takes its name, address${withToken ? ", token" : ""} and host key. Then, here:

\`\`\`sh
fogline bootstrap ${device.id}
\`\`\`

The container toolkit, the power mode, clocks, memory and K3s are that command's. The GPU needs nothing at flashing time: its driver is in the image.
`;
};
