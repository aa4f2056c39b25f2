import { nameOf } from "@fogline/manifests";
import { mappingAt, mappingsIn, textIn, textsIn } from "../../tree/loose.ts";
import type { TreeObject } from "../../tree/tree.ts";
import { isEncrypted } from "../encrypted.ts";
import { containerTitle } from "../pods.ts";
import type { Objection, TreeRule } from "../rule.ts";
import type { Subject } from "../subject.ts";

const ENCRYPTED_VALUE = /^ENC\[/;
const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----|AGE-SECRET-KEY-1/;

/** The first key of a Secret whose value is not encrypted, or of anything that holds a private key. The value itself is told to nobody. */
const clearKey = ({ object }: TreeObject): string | undefined => {
  const data = { ...textsIn(object.data), ...textsIn(object.stringData) };
  if (object.kind !== "Secret" || object.apiVersion !== "v1") return Object.keys(data).find((key) => PRIVATE_KEY.test(data[key] ?? ""));
  return Object.keys(data).find((key) => !isEncrypted(object) || !ENCRYPTED_VALUE.test(data[key] ?? ""));
};

const inClear = ({ objects }: Subject): Objection[] =>
  objects.flatMap((about) => {
    const key = clearKey(about);
    return key === undefined ? [] : [{ about, message: `${nameOf(about.object)} holds ${key} in clear` }];
  });

const SECRET_NAME = /(^|_)(PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|CREDENTIALS?|(?<!PUBLIC_)KEY)$/i;
const HARMLESS = /^(|true|false|\d{1,6}|\/.*|\$\(.*\))$/i;
const PASSWORD_IN_URL = /^[a-z][a-z0-9+.-]*:\/\/[^\s:/@]*:[^\s/@]+@/i;

const looksSecret = (name: string, value: string): boolean => (SECRET_NAME.test(name) && !HARMLESS.test(value)) || PASSWORD_IN_URL.test(value);

const inEnvironment = ({ pods }: Subject): Objection[] =>
  pods.flatMap((owner) =>
    owner.containers.flatMap((container) =>
      mappingsIn(container.spec.env)
        .filter(({ name, value }) => looksSecret(textIn(name) ?? "", textIn(value) ?? ""))
        .map(({ name }) => ({ about: owner, message: `${containerTitle(owner, container)} has ${textIn(name)} written out` })),
    ),
  );

const inConfigMaps = ({ objects }: Subject): Objection[] =>
  objects
    .filter(({ object }) => object.kind === "ConfigMap")
    .flatMap((about) =>
      Object.entries(textsIn(mappingAt(about.object).data))
        .filter(([name, value]) => looksSecret(name, value))
        .map(([name]) => ({ about, message: `${nameOf(about.object)} has ${name} written out` })),
    );

/** What can be wrong with secrets. */
export const secretRules: readonly TreeRule[] = [
  {
    code: "FL2209",
    severity: "error",
    why: "Whoever can read the repository, a backup of it or a stolen board has the secret, and the history keeps it after the file is gone. Base64 is not encryption.",
    check: inClear,
  },
  {
    code: "FL2210",
    severity: "error",
    why: "Environment variables of a manifest are in git, in `kubectl describe` and in every crash report. Judged by the name of the variable, and by addresses that carry a password.",
    check: (subject) => [...inEnvironment(subject), ...inConfigMaps(subject)],
  },
];
