import { describe, expect, it } from "vitest";
import { redacted } from "./redact.ts";

describe("what leaves a device", () => {
  it.each([
    ["token=abc123 and more", "token=[redacted] and more"],
    ['"password": "hunter2", "user": "ada"', '"password": [redacted], "user": "ada"'],
    ["WIFI_PSK=correct horse", "WIFI_PSK=[redacted] horse"],
    ["Authorization: Bearer abcdefghijklmnop1234", "Authorization: Bearer [redacted]"],
    ["psql postgres://fog:s3cret@db.example/fog", "psql postgres://fog:[redacted]@db.example/fog"],
    ["agent --token fle_eyJ1Ijoid3NzOi8vaHViIn0abc started", "agent --token fle_[redacted] started"],
    [`K10${"a".repeat(64)}::server:5ecret joined`, "K10[redacted] joined"],
    ["key AGE-SECRET-KEY-1QQQQQQQQQQQQ end", "key AGE-SECRET-KEY-[redacted] end"],
    ["PrivateKey = aBcDeFg=", "PrivateKey = [redacted]"],
    ["sent eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJwaS0xIn0.c2lnbmF0dXJl off", "sent [redacted] off"],
  ])("has no secret: %s", (text, clean) => {
    expect(redacted(text)).toEqual({ text: clean, count: 1 });
  });

  it("has no private key, also not one that the end of the text cuts off", () => {
    const key = "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIIrYSSNQFaA2Hwf1duRSxKtLYX5CB04fSeQ6tF1aY/PuoAoGCCqGSM49\n";
    expect(redacted(`before\n${key}-----END EC PRIVATE KEY-----\nafter`).text).toBe("before\n-----BEGIN PRIVATE KEY----- [redacted]\nafter");
    expect(redacted(`before\n${key}`).text).toBe("before\n-----BEGIN PRIVATE KEY----- [redacted]");
  });

  it("has everything else as it was", () => {
    const text = "2026-11-26 k3s-agent[512]: pulled ghcr.io/acme/web@sha256:0123 in 3.2s; 10.7.1.2:8472 http://10.0.0.1:3000/ passed 4 tokens left\n";
    expect(redacted(text)).toEqual({ text, count: 0 });
  });
});
