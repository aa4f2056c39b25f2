import { FoglineError, nearest } from "@fogline/findings";
import type { Fleet } from "@fogline/fleet";
import { HOST_FOLDER, hostFiles, isMember, type Peer, peersOf } from "@fogline/gitops";
import { Worktree } from "@fogline/worktree";
import type { Context } from "../context.ts";
import { loadInputs } from "../inputs.ts";
import type { Column } from "../output.ts";
import { loadFleet } from "../render.ts";
import { refuseFor } from "../secret-store.ts";

/** A fleet and the public keys of its devices; undefined where the fleet file is empty. Throws the errors of both. */
export const loadMesh = async (worktree: Worktree): Promise<{ readonly fleet: Fleet; readonly keys: ReadonlyMap<string, string> } | undefined> => {
  const { fleet, findings } = await loadFleet(worktree);
  refuseFor(findings, "the fleet has errors");
  const { inputs, findings: problems } = await loadInputs(worktree);
  refuseFor(problems, "what is rendered beside the fleet file has errors");
  return fleet === undefined ? undefined : { fleet, keys: inputs.meshKeys ?? new Map() };
};

/** The device of that id. Throws FL4090 where there is none, FL4178 where it is not in the mesh. */
const memberOf = (fleet: Fleet, id: string) => {
  const device = fleet.devices.find((one) => one.id === id);
  if (device === undefined) {
    const near = nearest(
      id,
      fleet.devices.map((one) => one.id),
    );
    throw new FoglineError("FL4090", `the fleet has no device ${id}`, near === undefined ? {} : { remedy: `Write ${near}.` });
  }
  if (!isMember(device)) throw new FoglineError("FL4178", fleet.mesh === undefined ? "the fleet has no mesh" : `${id} is not in the mesh`);
  return device;
};

const endpointText = ({ endpoint }: Pick<Peer, "endpoint">): string | undefined =>
  endpoint === undefined ? undefined : `${endpoint.host}:${endpoint.port}`;

/** `fogline mesh show <device>`: what the fleet makes of it, whether or not that has reached the machine. */
export const meshShowCommand = async ({ repository, output }: Context, id: string): Promise<void> => {
  const loaded = await loadMesh(await Worktree.open(repository));
  if (loaded === undefined) return;
  const { fleet, keys } = loaded;
  const { mesh } = memberOf(fleet, id);
  const peers = peersOf(fleet, memberOf(fleet, id));
  const columns: Column<Peer>[] = [
    { title: "PEER", text: ({ device }) => device.id },
    { title: "ADDRESS", text: ({ device }) => device.mesh.address },
    { title: "CALLED AT", text: (peer) => endpointText(peer) ?? "-, it calls" },
    { title: "PASSES ON", text: ({ relay }) => (relay ? "yes" : "") },
    { title: "KEY", text: ({ device }) => keys.get(device.id) ?? "none yet" },
  ];
  output.value({
    ...{ device: id, address: mesh.address, key: keys.get(id) ?? null, endpoint: endpointText(mesh) ?? null },
    peers: peers.map((peer) => ({
      ...{ device: peer.device.id, address: peer.device.mesh.address, key: keys.get(peer.device.id) ?? null },
      ...{ endpoint: endpointText(peer) ?? null, keepalive: peer.keepalive, relay: peer.relay },
    })),
  });
  output.line(`${id}  ${mesh.address}  key ${keys.get(id) ?? "none yet: fogline bootstrap makes one"}`);
  output.table(peers, columns);
};

/** `fogline mesh config <device>`: the file that the device gets, as `fogline render` writes it. */
export const meshConfigCommand = async ({ repository, output }: Context, id: string): Promise<void> => {
  const loaded = await loadMesh(await Worktree.open(repository));
  if (loaded === undefined) return;
  const { fleet, keys } = loaded;
  memberOf(fleet, id);
  const file = `${HOST_FOLDER}/${id}/wireguard/fogline.conf`;
  const text = hostFiles(fleet, undefined, keys).get(file);
  if (text === undefined) throw new FoglineError("FL4091", `${id} is not set up by Fogline, so nobody writes its settings`);
  output.value({ device: id, file, text });
  output.line(text.trimEnd());
};
