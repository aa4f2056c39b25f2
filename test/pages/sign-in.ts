import type { Page, Route } from "playwright-core";

/**
 * Answers the operations of auth.ts over the gateway's own sign-in: the code of a link is the token. Tokens of the tests never end, so a refresh is
 * refused.
 */
export const answerSignIn = async (page: Page): Promise<void> => {
  const json = (route: Route, status: number, body: unknown) =>
    route.fulfill({ status, contentType: "application/json", body: JSON.stringify(body) });
  const pass = async (route: Route, path: string, post?: unknown): Promise<void> => {
    const url = new URL(path, route.request().url()).href;
    try {
      const headers = { ...(await route.request().allHeaders()), "content-type": "application/json" };
      const response = await route.fetch({ url, headers, ...(post === undefined ? {} : { method: "POST", postData: JSON.stringify(post) }) });
      if (!response.ok() || response.status() === 204) return await route.fulfill({ response });
      const body = { ...((await response.json()) as object), session: "s-1", accessToken: null, refreshToken: null };
      const ends = { accessExpiresAtMs: Date.now() + 600_000, expiresAtMs: Date.now() + 86_400_000 };
      await route.fulfill({ response, json: { ...body, ...ends } });
    } catch {
      await route.abort();
    }
  };
  await page.route("**/api/users", (route) => json(route, 200, { users: [{ name: "ada", hasPassword: true }], next: null }));
  await page.route("**/api/auth/*", (route) => {
    const path = new URL(route.request().url()).pathname;
    if (path.endsWith("/me")) return pass(route, "/session");
    if (path.endsWith("/methods")) return json(route, 200, { password: true, oidc: null });
    if (path.endsWith("/refresh")) return json(route, 401, { detail: "the token is not right", code: "FL4002" });
    if (path.endsWith("/signout")) return pass(route, "/logout", {});
    const { code, password } = route.request().postDataJSON() as { code?: string; password?: string };
    return pass(route, "/login", { token: code ?? password });
  });
};
