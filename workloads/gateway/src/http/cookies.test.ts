import { fastify } from "fastify";
import { describe, expect, it } from "vitest";
import { setCookie } from "./cookies.ts";

describe("a cookie that is set", () => {
  const cookieOver = async (protocol: string) => {
    const server = fastify({ trustProxy: true });
    server.get("/", async (request, reply) => {
      setCookie(reply, request, "name", "a;b c", { path: "/api", sameSite: "Strict", maxAgeSeconds: 60 });
      return reply.send("");
    });
    const { headers } = await server.inject({ url: "/", headers: { "x-forwarded-proto": protocol } });
    return headers["set-cookie"];
  };

  it("is for TLS alone where the request came over TLS, for no script, and its value cannot end it", async () => {
    expect(await cookieOver("http")).toBe("name=a%3Bb%20c; Path=/api; HttpOnly; SameSite=Strict; Max-Age=60");
    expect(await cookieOver("https")).toBe("name=a%3Bb%20c; Path=/api; HttpOnly; SameSite=Strict; Max-Age=60; Secure");
  });
});
