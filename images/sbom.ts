/** The bill of materials of an image, as CycloneDX 1.6: what esbuild put into the program, Node, and Debian's packages. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Contrib, Enums, Models, Serialize, Spec } from "@cyclonedx/cyclonedx-library";
import type { Base } from "./base.ts";
import type { BundledPackage } from "./bundle.ts";
import { type DebianPackage, debian, debianPurl } from "./debian.ts";
import { nodePurl, nodeSha512 } from "./node.ts";
import type { Architecture, ImageName, Source } from "./sources.ts";

export interface SbomOptions {
  readonly name: ImageName;
  readonly architecture: Architecture;
  readonly source: Source;
  /** Digest of the image of this architecture. */
  readonly digest: string;
  readonly packages: readonly BundledPackage[];
  /** Absent where the image has a base that was not made here: then what is in that is not said. */
  readonly base?: Base;
}

const { Component, NamedLicense, Bom, Metadata, LicenseRepository, HashDictionary } = Models;

/** Throws for what is no expression, and then it is kept as a name. */
const licenses = new Contrib.License.Factories.LicenseFactory((text) => {
  if (!/^\(?[A-Za-z0-9.+-]+( (AND|OR|WITH) \(?[A-Za-z0-9.+-]+\)?)+\)?$/.test(text)) throw new Error(`${text} is no expression`);
});

const npmPurl = (name: string, version: string): string => `pkg:npm/${name.split("/").map(encodeURIComponent).join("/")}@${version}`;

const ofNpm = ({ name, version, license }: BundledPackage): Models.Component => {
  const [group, own = name] = name.startsWith("@") ? name.split("/") : [undefined, name];
  const purl = npmPurl(name, version);
  return new Component(Enums.ComponentType.Library, own, {
    ...{ version, purl, bomRef: purl, licenses: new LicenseRepository(license === "" ? [] : [licenses.makeFromString(license)]) },
    ...(group === undefined ? {} : { group }),
  });
};

const ofNode = ({ node }: Base): Models.Component => {
  const purl = nodePurl(node);
  return new Component(Enums.ComponentType.Application, "node", {
    ...{ version: node.version, purl, bomRef: purl, cpe: `cpe:2.3:a:nodejs:node.js:${node.version}:*:*:*:-:*:*:*` },
    licenses: new LicenseRepository([licenses.makeFromString("MIT")]),
    hashes: new HashDictionary([[Enums.HashAlgorithm["SHA-512"], nodeSha512(node)]]),
  });
};

/** The short names that a copyright file in Debian's format states; others have to be read by a person. */
const debianLicenses = (folder: string, name: string): Models.LicenseRepository => {
  const file = join(folder, "debian/usr/share/doc", name, "copyright");
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  const stated = new Set([...text.matchAll(/^License: *(\S.*)$/gm)].map(([, license = ""]) => license.trim()));
  const names = stated.size > 0 ? [...stated].sort() : [`see /usr/share/doc/${name}/copyright`];
  return new LicenseRepository(names.map((license) => new NamedLicense(license)));
};

const ofDebian = ({ folder }: Base, one: DebianPackage): Models.Component => {
  const { name, version, sha256 } = one;
  const purl = `${debianPurl(one)}&distro=debian-${debian.version}`;
  return new Component(Enums.ComponentType.Library, name, {
    ...{ version, purl, bomRef: purl, licenses: debianLicenses(folder, name) },
    hashes: new HashDictionary([[Enums.HashAlgorithm["SHA-256"], sha256]]),
  });
};

/** The same image has the same number: a UUID of version 8 (RFC 9562) out of its digest. */
const serialNumberOf = (digest: string): string => {
  const bytes = createHash("sha256").update(digest).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  return `urn:uuid:${[hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-")}`;
};

/** The text of an image's bill of materials. The same image gives the same text. */
export const sbomOf = ({ name, architecture, source, digest, packages, base }: SbomOptions): string => {
  const purl = `pkg:oci/${name}@${encodeURIComponent(digest)}?arch=${architecture}&tag=${source.version}`;
  const image = new Component(Enums.ComponentType.Container, name, {
    ...{ group: "fogline", version: source.version, purl, bomRef: purl, licenses: new LicenseRepository([licenses.makeFromString("Apache-2.0")]) },
    hashes: new HashDictionary([[Enums.HashAlgorithm["SHA-256"], digest.replace("sha256:", "")]]),
  });
  const components = [...packages.map(ofNpm), ...(base === undefined ? [] : [ofNode(base), ...base.packages.map((one) => ofDebian(base, one))])];
  for (const { bomRef } of components) image.dependencies.add(bomRef);
  const bom = new Bom({
    serialNumber: serialNumberOf(digest),
    metadata: new Metadata({ timestamp: new Date(source.created), component: image }),
    components: new Models.ComponentRepository(components),
  });
  const serializer = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6));
  return `${serializer.serialize(bom, { sortLists: true, space: 1 })}\n`;
};
