/** The extended resource of GPU shares, as NVIDIA's device plugin offers it. */
export const gpuResource = "nvidia.com/gpu";

/** The label by which a node asks for a configuration of the device plugin. */
export const gpuConfigLabel = "nvidia.com/device-plugin.config";

/** The domain of the resources that device files are asked for by. */
export const deviceDomain = "devices.fogline.dev";

/** `/dev/snd/pcm0` is `snd-pcm0`: the name of a resource has no slash. */
export const deviceName = (path: string): string => path.replace(/^\/dev\//, "").replaceAll(/[^A-Za-z0-9._-]/g, "-");

/** The extended resource of a device file: `/dev/video0` is `devices.fogline.dev/video0`. */
export const deviceResource = (path: string): string => `${deviceDomain}/${deviceName(path)}`;
