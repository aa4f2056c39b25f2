import type { KubernetesObject } from "@fogline/manifests";
import { describe, expect, it } from "vitest";
import { type AddressEnd, connects, type PodEnd, podsIn } from "./connections.ts";

type Spec = Readonly<Record<string, unknown>>;

const policy = (spec: Spec, namespace = "shop"): KubernetesObject => ({
  ...{ apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", metadata: { name: "p", namespace }, spec },
});
const pod = (app: string, address: string, namespace = "shop"): PodEnd => ({
  ...{ name: app, namespace, labels: { app }, address, nodeAddress: "192.168.0.1" },
  namespaceLabels: { "kubernetes.io/metadata.name": namespace, team: namespace },
  ports: [
    { number: 8080, name: "http", protocol: "TCP" },
    { number: 9000, name: "ops", protocol: "TCP" },
    { number: 53, name: "dns", protocol: "UDP" },
  ],
});
const web = pod("web", "10.42.0.2");
const store = pod("store", "10.42.1.3");
const guest = pod("guest", "10.42.1.4", "guests");
const world: AddressEnd = { address: "203.0.113.7" };
const http = { number: 8080, protocol: "TCP" };
const ops = { number: 9000, protocol: "TCP" };
const undeclared = { number: 4000, protocol: "TCP" };
const dns = { number: 53, protocol: "UDP" };

/** Whether a connection to the store is let in by one policy on it. */
const letsIn = (ingress: readonly Spec[], from: PodEnd | AddressEnd, port = http): boolean =>
  connects([policy({ podSelector: { matchLabels: { app: "store" } }, policyTypes: ["Ingress"], ingress })], from, store, port);

describe("a pod that no policy selects", () => {
  it("reaches everything and is reached by everything", () => {
    expect(connects([], web, store, undeclared)).toBe(true);
    expect(connects([], web, world, http)).toBe(true);
    expect(connects([], world, web, http)).toBe(true);
  });

  it("is not touched by policies of other namespaces, other pods and the other direction", () => {
    const deny = { podSelector: {}, policyTypes: ["Ingress"] };
    expect(connects([policy(deny, "guests")], web, store, http)).toBe(true);
    expect(connects([policy({ ...deny, podSelector: { matchLabels: { app: "else" } } })], web, store, http)).toBe(true);
    expect(connects([policy({ ...deny, podSelector: { matchLabels: { app: "web" } } })], web, store, http)).toBe(true);
  });
});

describe("a pod that a policy selects", () => {
  it("is closed where no rule allows anything", () => {
    expect(letsIn([], web)).toBe(false);
    expect(connects([policy({ podSelector: {}, policyTypes: ["Egress"] })], web, world, http)).toBe(false);
  });

  it("is isolated for incoming traffic where policyTypes are missing, and for outgoing only where there are rules for it", () => {
    expect(connects([policy({ podSelector: {} })], guest, store, http)).toBe(false);
    expect(connects([policy({ podSelector: {} })], web, guest, http)).toBe(true);
    expect(connects([policy({ podSelector: {}, egress: [{ ports: [{ port: 443 }] }] })], web, guest, http)).toBe(false);
  });

  it("needs a rule on both sides", () => {
    const closed = policy({ podSelector: {}, policyTypes: ["Ingress", "Egress"] });
    const out = policy({ podSelector: { matchLabels: { app: "web" } }, policyTypes: ["Egress"], egress: [{}] });
    const into = policy({ podSelector: { matchLabels: { app: "store" } }, policyTypes: ["Ingress"], ingress: [{}] });
    expect(connects([closed, out], web, store, http)).toBe(false);
    expect(connects([closed, into], web, store, http)).toBe(false);
    expect(connects([closed, out, into], web, store, http)).toBe(true);
  });

  it("gets what any one of several policies allows", () => {
    const one = { podSelector: {}, policyTypes: ["Ingress"] };
    const both = [policy({ ...one, ingress: [{ ports: [{ port: 8080 }] }] }), policy({ ...one, ingress: [{ ports: [{ port: 9000 }] }] })];
    expect([http, ops, undeclared].map((port) => connects(both, web, store, port))).toEqual([true, true, false]);
  });

  it("always reaches itself and its own node, and is reached by it", () => {
    const closed = [policy({ podSelector: {}, policyTypes: ["Ingress", "Egress"] })];
    expect(connects(closed, web, web, http)).toBe(true);
    expect(connects(closed, { address: "192.168.0.1" }, web, http)).toBe(true);
    expect(connects(closed, web, { address: "192.168.0.1" }, http)).toBe(true);
    expect(connects(closed, { address: "192.168.0.2" }, web, http)).toBe(false);
  });
});

describe("the peers of a rule", () => {
  it("are everything where they are missing or empty", () => {
    for (const rule of [{}, { from: [] }]) {
      expect(letsIn([rule], guest)).toBe(true);
      expect(letsIn([rule], world)).toBe(true);
    }
  });

  it("are pods of the policy's own namespace where only pods are selected", () => {
    expect(letsIn([{ from: [{ podSelector: {} }] }], web)).toBe(true);
    expect(letsIn([{ from: [{ podSelector: { matchLabels: { app: "web" } } }] }], store)).toBe(true);
    expect(letsIn([{ from: [{ podSelector: {} }] }], guest)).toBe(false);
    expect(letsIn([{ from: [{ podSelector: {} }] }], world)).toBe(false);
  });

  it("are all pods of the selected namespaces where only those are", () => {
    expect(letsIn([{ from: [{ namespaceSelector: {} }] }], guest)).toBe(true);
    expect(letsIn([{ from: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "guests" } } }] }], guest)).toBe(true);
    expect(letsIn([{ from: [{ namespaceSelector: { matchExpressions: [{ key: "team", operator: "NotIn", values: ["guests"] }] } }] }], guest)).toBe(
      false,
    );
  });

  it("must fit both selectors of one entry, and either of two entries", () => {
    const guests = { namespaceSelector: { matchLabels: { team: "guests" } } };
    const webs = { podSelector: { matchLabels: { app: "web" } } };
    expect(letsIn([{ from: [{ ...guests, ...webs }] }], guest)).toBe(false);
    expect(letsIn([{ from: [{ ...guests, ...webs }] }], web)).toBe(false);
    expect(letsIn([{ from: [guests, webs] }], guest)).toBe(true);
    expect(letsIn([{ from: [guests, webs] }], web)).toBe(true);
  });

  it("are addresses of a block, less its exceptions, pods among them", () => {
    const outside = [{ from: [{ ipBlock: { cidr: "0.0.0.0/0", except: ["10.42.0.0/16", "198.51.100.0/24"] } }] }];
    expect(letsIn(outside, world)).toBe(true);
    expect(letsIn(outside, { address: "198.51.100.9" })).toBe(false);
    expect(letsIn(outside, web)).toBe(false);
    expect(letsIn([{ from: [{ ipBlock: { cidr: "10.42.0.0/24" } }] }], web)).toBe(true);
    expect(letsIn([{ from: [{ ipBlock: { cidr: "10.42.0.0/24" } }] }], guest)).toBe(false);
    expect(letsIn([{ from: [{ ipBlock: { cidr: "203.0.113.7/32" } }] }], world)).toBe(true);
  });

  it("are of one family of addresses", () => {
    const six = { address: "2001:db8::7" };
    expect(letsIn([{ from: [{ ipBlock: { cidr: "0.0.0.0/0" } }] }], six)).toBe(false);
    expect(letsIn([{ from: [{ ipBlock: { cidr: "2001:db8::/32" } }] }], six)).toBe(true);
    expect(letsIn([{ from: [{ ipBlock: { cidr: "2001:db9::/32" } }] }], six)).toBe(false);
    expect(letsIn([{ from: [{ ipBlock: { cidr: "::/0", except: ["2001:db8::/64"] } }] }], six)).toBe(false);
  });

  it("are nobody where a block or a peer is malformed", () => {
    for (const cidr of ["", "203.0.113.7", "203.0.113.0/33", "203.0.113.256/24", "1:2/16", "::1::/0"])
      expect(letsIn([{ from: [{ ipBlock: { cidr } }] }], world)).toBe(false);
    expect(letsIn([{ from: [{}] }], web)).toBe(false);
  });
});

describe("the ports of a rule", () => {
  const through = (ports: readonly Spec[], port: typeof http): boolean => letsIn([{ ports }], web, port);

  it("are numbers, of TCP unless they say otherwise", () => {
    expect(through([{ port: 8080 }], http)).toBe(true);
    expect(through([{ port: 8080 }], ops)).toBe(false);
    expect(through([{ port: 53 }], dns)).toBe(false);
    expect(through([{ port: 53, protocol: "UDP" }], dns)).toBe(true);
    expect(through([{ protocol: "UDP" }], dns)).toBe(true);
    expect(through([{ protocol: "UDP" }], http)).toBe(false);
  });

  it("are ranges up to and with their end", () => {
    const range = [{ port: 8080, endPort: 9000 }];
    expect([8079, 8080, 8500, 9000, 9001].map((number) => through(range, { number, protocol: "TCP" }))).toEqual([false, true, true, true, false]);
  });

  it("are names that the target gives its ports, on either side of the connection", () => {
    expect(through([{ port: "http" }], http)).toBe(true);
    expect(through([{ port: "http" }], ops)).toBe(false);
    expect(through([{ port: "http" }], undeclared)).toBe(false);
    const out = [policy({ podSelector: {}, policyTypes: ["Egress"], egress: [{ ports: [{ port: "ops" }] }] })];
    expect(connects(out, web, guest, ops)).toBe(true);
    expect(connects(out, web, guest, http)).toBe(false);
    expect(connects(out, web, world, ops)).toBe(false);
  });
});

describe("the pods of a tree", () => {
  const daemon = (spec: Spec): KubernetesObject => ({
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: { name: "probe", namespace: "shop" },
    spec: { template: { metadata: { labels: { app: "probe" } }, spec } },
  });
  const containers = [
    { name: "a", ports: [{ containerPort: 80, name: "http" }] },
    { name: "b", ports: [{ containerPort: 53, protocol: "UDP" }] },
  ];

  it("carry the labels of their template, the ports of all their containers and the labels of their namespace, its name among them", () => {
    const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop", labels: { team: "shop" } } };
    expect(podsIn([namespace, daemon({ containers }), policy({})])).toEqual([
      {
        name: "probe",
        namespace: "shop",
        labels: { app: "probe" },
        namespaceLabels: { team: "shop", "kubernetes.io/metadata.name": "shop" },
        ports: [
          { number: 80, name: "http", protocol: "TCP" },
          { number: 53, protocol: "UDP" },
        ],
      },
    ]);
  });

  it("are not those in the network of their node", () => {
    expect(podsIn([daemon({ containers, hostNetwork: true })])).toEqual([]);
  });
});
