import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openPlainPort, type PlainPort } from "./plain-port.ts";

let port: PlainPort;
beforeEach(async () => {
  port = await openPlainPort({ host: "127.0.0.1", port: 0, publicUrl: "https://fog.example.org" });
});
afterEach(() => port.close());

const ask = async (path: string, method = "GET") => {
  const { status, headers, ...response } = await fetch(`http://127.0.0.1:${port.port}${path}`, { method, redirect: "manual" }).then(
    async (answer) => ({
      status: answer.status,
      headers: answer.headers,
      text: await answer.text(),
    }),
  );
  return { status, location: headers.get("location"), text: response.text };
};

describe("the plain port", () => {
  it("answers a challenge while it is open, and no other", async () => {
    const withdraw = port.present("t0ken", "t0ken.print");
    expect(await ask("/.well-known/acme-challenge/t0ken")).toEqual({ status: 200, location: null, text: "t0ken.print" });
    expect((await ask("/.well-known/acme-challenge/other")).status).toBe(404);
    withdraw();
    expect((await ask("/.well-known/acme-challenge/t0ken")).status).toBe(404);
  });

  it("sends readers to the same path by TLS, and nobody to another host", async () => {
    expect(await ask("/tasks/7?tab=log")).toMatchObject({ status: 308, location: "https://fog.example.org/tasks/7?tab=log" });
    for (const path of ["//evil.example/", "/\\evil.example"]) expect((await ask(path)).location).toBe("https://fog.example.org/");
  });

  it("does not invite to send a body again that was sent in the clear", async () => {
    expect(await ask("/api/auth/signin", "POST")).toMatchObject({ status: 403, location: null });
  });

  it("is FL4016 when it is taken", async () => {
    const again = openPlainPort({ host: "127.0.0.1", port: port.port, publicUrl: "https://fog.example.org" });
    await expect(again).rejects.toMatchObject({ code: "FL4016", message: `port ${port.port} on 127.0.0.1 is in use` });
  });
});
