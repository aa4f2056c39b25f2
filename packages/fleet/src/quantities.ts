import * as units from "@fogline/units";
import { z } from "zod";
import { isSshPublicKey, SSH_KEY_PATTERN } from "./ssh-key.ts";
import { isTimeZone, parseWindow, WINDOW_PATTERN } from "./window.ts";

/** A text with its own finding: editors check `pattern`, parsing checks `accepts`, and a refusal carries `code`. */
const checkedText = (code: string, accepts: (text: string) => boolean, pattern: string, expected: string) =>
  z.string().refine(accepts, { params: { code, expected } }).meta({ pattern });

const matches = (pattern: RegExp) => (text: string) => pattern.test(text);

const byPattern = (code: string, pattern: RegExp, expected: string) => checkedText(code, matches(pattern), pattern.source, expected);

export const duration = checkedText(
  "FL1015",
  (text) => units.parseDurationMs(text) !== undefined,
  units.DURATION_PATTERN,
  "a duration such as 2h or 500ms",
);
export const bytes = checkedText("FL1016", (text) => units.parseBytes(text) !== undefined, units.BYTES_PATTERN, "a byte quantity such as 200MiB");
export const budget = checkedText(
  "FL1016",
  (text) => (units.parseBytesPerDay(text) ?? 0) > 0,
  units.DATA_BUDGET_PATTERN,
  "a budget such as 200MB/day",
);
export const bandwidth = checkedText(
  "FL1016",
  (text) => (units.parseBytesPerSecond(text) ?? 0) > 0,
  units.BANDWIDTH_PATTERN,
  "a bandwidth such as 2Mbit/s",
);
export const percent = checkedText("FL1017", (text) => units.parsePercent(text) !== undefined, units.PERCENT_PATTERN, "a percentage such as 10%");
export const window = checkedText(
  "FL1018",
  (text) => parseWindow(text) !== undefined,
  WINDOW_PATTERN,
  "a window such as Mon-Thu 08:00-16:00 Europe/Berlin",
);
export const power = checkedText("FL1019", (text) => (units.parsePowerMilliwatts(text) ?? 0) > 0, units.POWER_PATTERN, "a power such as 25W");

/** Cores as number or text; the smallest step is a thousandth. */
export const cpu = z
  .union([z.string().meta({ pattern: units.CPU_PATTERN }), z.number().meta({ exclusiveMinimum: 0 })])
  .refine((quantity) => (units.parseCpuMillicores(quantity) ?? 0) > 0, { params: { code: "FL1019", expected: "cores such as 0.2 or 200m" } });

const DATE = /^(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;
/** Whether the calendar has such a day: the 31st of April becomes another one when it is counted. */
const isDate = (text: string): boolean => {
  const match = DATE.exec(text);
  if (match === null) return false;
  return new Date(Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3]))).toISOString().startsWith(text);
};
export const date = checkedText("FL1080", isDate, DATE.source, "a date such as 2026-12-31");

const SEMVER = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$/;
export const version = byPattern("FL1020", SEMVER, "a semantic version such as 0.3.0");
export const k3sVersion = byPattern(
  "FL1020",
  /^v(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?\+k3s\d+$/,
  "a K3s release such as v1.36.3+k3s1",
);

const OCTET = "(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
/** An IPv4 address; in a range its last part may be `*`, the number of the device. */
export const address = byPattern(
  "FL1022",
  new RegExp(`^(${OCTET}\\.){3}(${OCTET}|\\*)$`),
  "an IPv4 address such as 10.7.0.12, or 10.7.1.* in a range",
);
/** The IPv4 address of one machine. */
export const hostAddress = byPattern("FL1022", new RegExp(`^(${OCTET}\\.){3}${OCTET}$`), "an IPv4 address such as 10.7.0.1");
/** Where a device is reached from outside its site: the port is that of the mesh where none is given. */
export const endpoint = byPattern(
  "FL1120",
  /^(?=.*[A-Za-z])[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?(:[1-9]\d{0,4})?$|^(\d{1,3}\.){3}\d{1,3}(:[1-9]\d{0,4})?$/,
  "a name or an IPv4 address, with a port where it is another: gate.acme.example or 203.0.113.7:443",
);
/** A port that the firewall lets in. */
export const openPort = byPattern("FL1123", /^(tcp|udp)\/[1-9]\d{0,4}(-[1-9]\d{0,4})?$/, "a port such as tcp/9100, or udp/5000-5010");
export const mac = byPattern("FL1022", /^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}$/, "a MAC address such as 48:b0:2d:12:34:56");

const LOGIN_NAME = "[a-z_][a-z0-9_-]{0,31}";
/** A user of a machine. It becomes an argument of ssh, so it never begins with a hyphen. */
export const loginName = byPattern("FL1135", new RegExp(`^${LOGIN_NAME}$`), "a user's name such as fogline");
/** A machine that SSH goes through, with a user and a port where they are not the usual ones. */
export const jumpHost = byPattern(
  "FL1135",
  new RegExp(`^(${LOGIN_NAME}@)?[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?(:\\d{1,5})?$`),
  "a machine such as fogline@gate.acme.example:22",
);

const LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";
/** A DNS label with a letter in it: objects would move names of digits alone to the front, and hosts would read them as addresses. */
export const NAME = new RegExp(`^(?=.*[a-z])${LABEL}$`);
/** A server by its name or address, also one of IPv6. */
export const timeServer = byPattern(
  "FL1024",
  new RegExp(`^(?=.{1,253}$)(${LABEL}(\\.${LABEL})*|[0-9a-f]*:[0-9a-f:.]+)$`),
  "a server such as time.acme.example",
);
/** A public key. What is written instead may be the private one, so it is never repeated. */
export const sshPublicKey = z
  .string()
  .refine(isSshPublicKey, { params: { code: "FL1130", expected: "an SSH public key such as ssh-ed25519 AAAA... anna", concealed: true } })
  .meta({ pattern: SSH_KEY_PATTERN });
export const timeZone = checkedText("FL1133", isTimeZone, "^[A-Za-z][A-Za-z0-9_+/-]*$", "a time zone such as Europe/Berlin");
/** A user that a machine may get beside those of its system. */
export const systemUser = checkedText(
  "FL1134",
  (text) => /^[a-z][a-z0-9_-]{0,31}$/.test(text) && !["root", "daemon", "nobody", "sshd", "www-data"].includes(text),
  "^[a-z][a-z0-9_-]{0,31}$",
  "the name of a user such as fogline, not of one that systems have",
);
export const domain = byPattern("FL1024", new RegExp(`^(?=.{1,253}$)${LABEL}(\\.${LABEL})+$`), "a domain such as edge.acme.example");
/** An OCI reference with a tag or a digest; `sha256:...` is a digest still to be filled in. */
export const image = byPattern(
  "FL1024",
  /^[a-z0-9][a-z0-9._-]*(:\d{1,5})?(\/[a-z0-9][a-z0-9._-]*)*(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(@sha256:([0-9a-f]{64}|\.\.\.))?$/,
  "an image such as registry.acme.example/display:1.2.0",
);
export const absolutePath = byPattern("FL1024", /^\/[A-Za-z0-9._@+-]+(\/[A-Za-z0-9._@+-]+)*$/, "an absolute path such as /var/lib/app");
const URL_PATTERN = /^((https?|oci):\/\/|ssh:\/\/([A-Za-z0-9._-]+@)?)[A-Za-z0-9.:_-]+(\/[A-Za-z0-9._~%/+-]*)?$/;
/** More than a user's name of SSH before an `@` is a password or token, or may be one. */
const carriesLogin = (text: string): boolean => text.includes("@") && !/^ssh:\/\/[A-Za-z0-9._-]+@[^@]*$/.test(text);
/** A URL. One with a login in it is refused without being repeated. */
export const url = z
  .string()
  .refine((text) => !carriesLogin(text), {
    params: { code: "FL1024", expected: "a URL without a login in it, which would be in every rendered tree", concealed: true },
  })
  .refine((text) => carriesLogin(text) || URL_PATTERN.test(text), {
    params: { code: "FL1024", expected: "a URL such as https://git.acme.example/fleet.git" },
  })
  .meta({ pattern: URL_PATTERN.source });

const SECRET_NAME = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;
/** The id under which what names a Secret stands in the JSON Schema. */
export const SECRET_NAME_ID = "secretName";
/** The name of a Secret. Somebody may write what is in it instead, so nothing that is written here is ever repeated. */
export const secretName = z
  .string()
  .refine(matches(SECRET_NAME), {
    params: { code: "FL1024", expected: "the name of a Secret such as registry-login; its content has no place here", concealed: true },
  })
  .meta({ id: SECRET_NAME_ID, pattern: SECRET_NAME.source });

/** A registry, with a port and a path where it has them. */
export const registry = byPattern("FL1024", /^[a-z0-9][a-z0-9.-]*(:\d{1,5})?(\/[a-z0-9._-]+)*$/, "a registry such as registry.acme.example");
export const httpPath = byPattern("FL1024", /^\/[^\s?#]*$/, "a path such as /healthz");
export const devicePath = byPattern("FL1024", /^\/dev\/[A-Za-z0-9_./-]+$/, "a device file such as /dev/video0");
export const label = byPattern("FL1024", /^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/, "a Kubernetes label value");
export const environmentValue = z.union([z.string(), z.number(), z.boolean()]);

const degrees = (limit: number, what: string) =>
  z
    .number()
    .refine((value) => Math.abs(value) <= limit, { params: { code: "FL1021", expected: `a ${what} from -${limit} to ${limit}` } })
    .meta({ minimum: -limit, maximum: limit });
export const latitude = degrees(90, "latitude");
export const longitude = degrees(180, "longitude");
