import { describe, expect, it } from "vitest";
import { sshFailure } from "./ssh-failure.ts";
import { taskFailure } from "./task-failure.ts";

const target = { device: "pi-1", host: "10.0.0.1", port: 22, user: "fogline" };
const said = (text: string, known: readonly string[] = []) => {
  const { code, message } = sshFailure(target, text, known);
  return `${code} ${message}`;
};

/** As OpenSSH 9.2 wrote it. */
const changed = `@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
IT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!
Someone could be eavesdropping on you right now (man-in-the-middle attack)!
It is also possible that a host key has just been changed.
The fingerprint for the ED25519 key sent by the remote host is
SHA256:1cLbuTkP2GMtCMEWL/FQ0c1tQvLbaTgbYn1qDrZyx1o.
Please contact your system administrator.
Add correct host key in /tmp/known to get rid of this message.
Offending ED25519 key in /tmp/known:1
Host key for pi-1 has changed and you have requested strict checking.
Host key verification failed.
`;

describe("what ssh says", () => {
  it("of a host key that changed names both fingerprints and how it would be accepted", () => {
    const sent = "SHA256:1cLbuTkP2GMtCMEWL/FQ0c1tQvLbaTgbYn1qDrZyx1o";
    expect(said(changed, ["SHA256:old"])).toBe(`FL4101 pi-1 at 10.0.0.1:22 shows the host key ${sent}, and SHA256:old is written down`);
    expect(sshFailure(target, changed, []).remedy).toContain(`fogline bootstrap pi-1 --accept-host-key ${sent}`);
  });

  it.each([
    ["FL4102 no host key of pi-1", "No ED25519 host key is known for pi-1 and you have requested strict checking.\nHost key verification failed.\n"],
    ["FL4103 pi-1 at 10.0.0.1:22 does not let fogline sign in", "fogline@10.0.0.1: Permission denied (publickey).\n"],
    [
      "FL4100 pi-1 cannot be reached at 10.0.0.1:22: ssh: connect to host 10.0.0.1 port 22: Connection refused",
      "ssh: connect to host 10.0.0.1 port 22: Connection refused\r\n",
    ],
    [
      "FL4100 pi-1 cannot be reached at 10.0.0.1:22: ssh: Could not resolve hostname x: Name or service not known",
      "Warning: x\nssh: Could not resolve hostname x: Name or service not known\n",
    ],
    ["FL4100 pi-1 cannot be reached at 10.0.0.1:22: Connection timed out", "Failed to connect to the host via ssh: Connection timed out"],
    ["FL4100 pi-1 cannot be reached at 10.0.0.1:22: it does not answer", ""],
    [
      "FL4100 pi-1 at 10.0.0.1:22 lets nobody sign in: it is still booting",
      '"System is booting up. Unprivileged users are not permitted to log in yet. Please come back later. For technical details, see pam_nologin(8)."\nConnection closed by 10.0.0.1 port 22\n',
    ],
  ])("is told as %s", (expected, text) => {
    expect(said(text)).toContain(expected);
  });

  it("names the machine between", () => {
    expect(sshFailure({ ...target, jump: "gate" }, "", []).message).toContain("10.0.0.1:22 through gate");
  });
});

describe("what a failed task says", () => {
  const task = { device: "pi-1", role: "preflight", task: "Judge the machine" };
  const findings = (message: string) => taskFailure({ ...task, message }).map(({ code, message: text, remedy }) => [code, text, remedy]);

  it("is the code, the fault and the remedy that the role names", () => {
    expect(
      findings("FL4112: pi-1 has no memory cgroup, so no limit has an effect. fix: add cgroup_enable=memory to /boot/firmware/cmdline.txt"),
    ).toEqual([["FL4112", "pi-1 has no memory cgroup, so no limit has an effect", "Add cgroup_enable=memory to /boot/firmware/cmdline.txt"]]);
  });

  it("is all of several faults, one a line, each with the device", () => {
    expect(findings("FL4112: no memory cgroup. fix: boot anew\nFL4113: the disk has 4 GB; fix: take a larger one\nFL4114: odd")).toEqual([
      ["FL4112", "pi-1: no memory cgroup", "Boot anew"],
      ["FL4113", "pi-1: the disk has 4 GB", "Take a larger one"],
      ["FL4114", "pi-1: odd", undefined],
    ]);
  });

  it("is the words of the module where the role has none, on one line and not for ever", () => {
    expect(findings("No package matching\n 'zram' is available")).toEqual([
      ["FL4109", "pi-1: role preflight, task \"Judge the machine\" failed: No package matching; 'zram' is available", undefined],
    ]);
    expect(findings("x".repeat(5_000))[0]?.[1]?.length).toBeLessThan(600);
    expect(findings("")[0]?.[1]).toContain("it said nothing");
  });
});
