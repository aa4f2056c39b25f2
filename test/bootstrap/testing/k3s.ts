/**
 * A release of K3s for the targets, and what a target needs so that a kubelet runs in it. The program is K3s itself, built by `npm run tools -- k3s`; the
 * archive around it, the network plugin that K3s' makers build for it and the pause image are stand-ins, because no module has them.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findTool } from "../../../scripts/tools.ts";
import type { TargetSpec } from "./targets.ts";

/** The version that the program is; others are this program under another name of the same length. */
export const builtVersion = "v1.30.0+k3s1";

export const findK3s = (): string | undefined => findTool("k3s");

const sha256 = (data: Buffer | string): string => createHash("sha256").update(data).digest("hex");

/** K3s' network plugin `flannel` hands on to `bridge`, with the subnet that the node was given. */
const flannel = `#!/usr/bin/python3
import ipaddress, json, os, subprocess, sys
if os.environ.get("CNI_COMMAND") == "VERSION":
    print(json.dumps({"cniVersion": "1.0.0", "supportedVersions": ["0.3.1", "0.4.0", "1.0.0"]}))
    sys.exit(0)
given = json.load(sys.stdin)
try:
    subnet = dict(line.strip().split("=", 1) for line in open("/run/flannel/subnet.env") if "=" in line)
except OSError:
    subnet = {}
network = ipaddress.ip_interface(subnet.get("FLANNEL_SUBNET", "10.42.0.1/24")).network
conf = {"cniVersion": given["cniVersion"], "name": given["name"], "type": "bridge", "bridge": "cni0", "isGateway": True, "ipMasq": False,
        "mtu": int(subnet.get("FLANNEL_MTU", "1450")),
        "ipam": {"type": "host-local", "ranges": [[{"subnet": str(network)}]], "routes": [{"dst": subnet.get("FLANNEL_NETWORK", "10.42.0.0/16")}]}}
conf.update(given.get("delegate", {}))
if "prevResult" in given:
    conf["prevResult"] = given["prevResult"]
sys.exit(subprocess.run([os.path.join(os.path.dirname(os.path.realpath(__file__)), "bridge")], input=json.dumps(conf).encode()).returncode)
`;

/** The head of the archive, in front of the program's own bytes: it unpacks once to where the release does, and goes on as what it unpacked. */
const head = (version: string, program: Buffer): string => {
  const digest = sha256(program);
  const text = (offset: string): string =>
    `#!/bin/sh
# ${version} for the targets of a test: unpacks itself, as the release does. Containerd's shim, runc and network plugins are Debian's.
set -e
data=/var/lib/rancher/k3s/data
place=$data/${digest}
if [ ! -x $place/bin/k3s ]; then
  rm -rf $place.tmp && mkdir -p $place.tmp/bin $place.tmp/debian
  tail -c +${offset} "$0" > $place.tmp/bin/k3s
  chmod 755 $place.tmp/bin/k3s
  for package in runc containerd containernetworking-plugins; do dpkg -x /srv/packages/$package_*.deb $place.tmp/debian; done
  cp $place.tmp/debian/usr/sbin/runc $place.tmp/debian/usr/bin/containerd-shim-runc-v2 $place.tmp/debian/usr/lib/cni/* $place.tmp/bin/
  rm -rf $place.tmp/debian
  cat > $place.tmp/bin/flannel <<'FLANNEL'
${flannel}FLANNEL
  chmod 755 $place.tmp/bin/flannel
  for name in containerd kubectl crictl ctr; do ln -s k3s $place.tmp/bin/$name; done
  mv $place.tmp $place 2>/dev/null || rm -rf $place.tmp
fi
PATH=$place/bin:$PATH
export PATH
name=\${0##*/}
case "$name" in kubectl|crictl|ctr) ;; *) name=k3s; case "$1" in kubectl|crictl|ctr) name=$1; shift ;; esac ;; esac
# kubectl of the release reads the server's own kubeconfig where nothing else is said.
if [ "$name" = kubectl ] && [ -z "$KUBECONFIG" ]; then KUBECONFIG=/etc/rancher/k3s/k3s.yaml; export KUBECONFIG; fi
# What this version has no setting for yet, and that how full the suite's disk is says nothing about a board.
if [ -f /etc/rancher/k3s/config.yaml ]; then
  own=/run/k3s-config.yaml
  grep -v '^nonroot-devices' /etc/rancher/k3s/config.yaml > $own.$$
  echo 'kubelet-arg: ["eviction-hard=nodefs.available<1%,imagefs.available<1%", image-gc-high-threshold=100, image-gc-low-threshold=99]' >> $own.$$
  mv $own.$$ $own
  K3S_CONFIG_FILE=$own
  export K3S_CONFIG_FILE
fi
exec $place/bin/$name "$@"
`.replaceAll("$package_", "$" + "{package}_");
  // The offset is written with as many digits as it has.
  const length = Buffer.byteLength(text("00000"));
  return text(String(length + 1).padStart(5, "0"));
};

/** The smallest program that waits: mov eax, 34 (pause); syscall; again. An ELF file for amd64. */
const waiting = (): Buffer => {
  const code = Buffer.from("b822000000" + "0f05" + "ebf7", "hex");
  const file = Buffer.alloc(0x78 + code.length);
  Buffer.from("7f454c46020101000000000000000000", "hex").copy(file);
  const fields: readonly [at: number, bytes: 2 | 4 | 8, value: number][] = [
    [16, 2, 2],
    [18, 2, 62],
    [20, 4, 1],
    [24, 8, 0x400078],
    [32, 8, 64],
    [52, 2, 64],
    [54, 2, 56],
    [56, 2, 1],
    [64, 4, 1],
    [68, 4, 5],
    [80, 8, 0x400000],
    [88, 8, 0x400000],
    [96, 8, file.length],
    [104, 8, file.length],
    [112, 8, 0x1000],
  ];
  for (const [at, bytes, value] of fields) file.writeUIntLE(value, at, bytes === 8 ? 6 : bytes);
  code.copy(file, 0x78);
  return file;
};

/** One file of a tar archive. */
const tarEntry = (name: string, data: Buffer, mode: string): Buffer => {
  const header = Buffer.alloc(512);
  for (const [at, text] of [
    [0, name],
    [100, mode],
    [108, "0000000"],
    [116, "0000000"],
    [124, data.length.toString(8).padStart(11, "0")],
    [136, "00000000000"],
    [148, "        "],
    [156, "0"],
    [257, "ustar\u000000"],
  ] as const)
    header.write(text, at, "latin1");
  header.write(
    `${[...header]
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, "0")}\0 `,
    148,
    "latin1",
  );
  return Buffer.concat([header, data, Buffer.alloc((512 - (data.length % 512)) % 512)]);
};
const tar = (...entries: readonly Buffer[]): Buffer => Buffer.concat([...entries, Buffer.alloc(1024)]);

/** An image of one program that needs nothing beside itself. */
export interface ProgramImage {
  /** As manifests name it. */
  readonly name: string;
  readonly program: Buffer;
  /** `NAME=value` */
  readonly environment?: readonly string[];
}

/** What K3s takes for pauses: it waits. */
const pause = (): ProgramImage => ({ name: "rancher/mirrored-pause:3.6", program: waiting() });

/** Images as `docker save` writes them. */
const saved = (images: readonly ProgramImage[]): Buffer => {
  const entries = images.map(({ name, program, environment = [] }) => {
    const layer = tar(tarEntry("program", program, "0000755"));
    const digest = sha256(layer);
    const config = Buffer.from(
      JSON.stringify({
        architecture: "amd64",
        os: "linux",
        config: { Entrypoint: ["/program"], User: "65532:65532", Env: environment },
        rootfs: { type: "layers", diff_ids: [`sha256:${digest}`] },
      }),
    );
    const files = { config: `${sha256(config)}.json`, layer: `${digest}.tar` };
    return {
      manifest: { Config: files.config, RepoTags: [name], Layers: [files.layer] },
      tar: [tarEntry(files.config, config, "0000644"), tarEntry(files.layer, layer, "0000644")],
    };
  });
  const manifest = Buffer.from(JSON.stringify(entries.map((entry) => entry.manifest)));
  return tar(tarEntry("manifest.json", manifest, "0000644"), ...entries.flatMap((entry) => entry.tar));
};

/** Writes releases into a folder as a site without the internet has them: one folder a version, with further images. Answers the folder. */
export const layReleases = (folder: string, versions: readonly string[], further: readonly ProgramImage[] = []): string => {
  const program = readFileSync(findK3s() ?? "");
  for (const version of versions) {
    if (version.length !== builtVersion.length) throw new Error(`${version} is not as long as ${builtVersion}`);
    const place = join(folder, version);
    mkdirSync(place, { recursive: true });
    const own = Buffer.from(program);
    for (let at = own.indexOf(builtVersion); at >= 0 && version !== builtVersion; at = own.indexOf(builtVersion, at + 1))
      own.write(version, at, "latin1");
    const files = { k3s: Buffer.concat([Buffer.from(head(version, own)), own]), "k3s-airgap-images-amd64.tar": saved([pause(), ...further]) };
    for (const [name, data] of Object.entries(files)) if (!existsSync(join(place, name))) writeFileSync(join(place, name), data);
    const sums = Object.entries(files).map(([name, data]) => `${sha256(data)}  ${name}\n`);
    writeFileSync(join(place, "sha256sum-amd64.txt"), sums.join(""));
  }
  return folder;
};

/** The kernel's settings that a node's host files set, shown to this target alone: they are the machine's, and others use it. */
const kernel: Readonly<Record<string, string>> = {
  "vm/overcommit_memory": "1",
  "vm/panic_on_oom": "0",
  "kernel/panic": "10",
  "kernel/panic_on_oops": "1",
  "kernel/keys/root_maxkeys": "1000000",
  "kernel/keys/root_maxbytes": "25000000",
};

const prepare = `#!/bin/sh
# A container's control groups are read-only, and a kubelet makes some.
mount -o remount,rw /sys/fs/cgroup
for controller in /sys/fs/cgroup/*; do mount -o remount,bind,rw $controller 2>/dev/null; done
mount -o remount,bind,rw /proc/sys
mkdir -p /run/kernel
${Object.entries(kernel)
  .map(
    ([path, value]) =>
      `echo ${value} > /run/kernel/${path.replaceAll("/", "-")} && mount --bind /run/kernel/${path.replaceAll("/", "-")} /proc/sys/${path}`,
  )
  .join("\n")}
exit 0
`;

/** containerd's settings as K3s makes them, and that it leaves a process' place in the order of killing alone: who runs the suite may not change it. */
const containerd = `version = 2
[plugins."io.containerd.internal.v1.opt"]
  path = "/var/lib/rancher/k3s/agent/containerd"
[plugins."io.containerd.grpc.v1.cri"]
  restrict_oom_score_adj = true
  stream_server_address = "127.0.0.1"
  stream_server_port = "10010"
  enable_unprivileged_ports = true
  enable_unprivileged_icmp = true
  sandbox_image = "rancher/mirrored-pause:3.6"
[plugins."io.containerd.grpc.v1.cri".containerd]
  snapshotter = "overlayfs"
[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = "{{ .NodeConfig.AgentConfig.CNIBinDir }}"
  conf_dir = "/var/lib/rancher/k3s/agent/etc/cni/net.d"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
  SystemdCgroup = true
[plugins."io.containerd.grpc.v1.cri".registry]
  config_path = "/var/lib/rancher/k3s/agent/etc/containerd/certs.d"
`;

/**
 * A target in which a kubelet runs. What K3s keeps lies in a folder of the host's below `place`: a target's own file system is layered, and containerd
 * puts layers of its own upon it, which the kernel refuses.
 */
export const nodeTarget = (place: string, name: string, address: string, files: Readonly<Record<string, string>> = {}): TargetSpec => {
  const disk = join(place, `${name}-disk`);
  for (const folder of ["rancher/k3s/agent/etc/containerd", "kubelet"]) mkdirSync(join(disk, folder), { recursive: true });
  writeFileSync(join(disk, "rancher/k3s/agent/etc/containerd/config.toml.tmpl"), containerd);
  return {
    name,
    address,
    nspawn: [
      "--capability=all",
      "--system-call-filter=@keyring",
      "--bind=/dev/kmsg",
      `--bind=${disk}/rancher:/var/lib/rancher`,
      `--bind=${disk}/kubelet:/var/lib/kubelet`,
    ],
    files: {
      "/usr/local/lib/prepare-node": prepare,
      "/etc/systemd/system/prepare-node.service":
        "[Unit]\nDefaultDependencies=no\nBefore=sysinit.target\n[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/sh /usr/local/lib/prepare-node\n",
      "/etc/systemd/system/sysinit.target.d/prepare-node.conf": "[Unit]\nWants=prepare-node.service\n",
      ...files,
    },
  };
};
