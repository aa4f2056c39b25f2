import type { createUser, Output, SessionRecord, User } from "@fogline/contracts";
import { type Answer, ask } from "./http.ts";

export type NewUser = Output<(typeof createUser)["response"]>;
export type Link = NewUser["link"];

export interface UserPage {
  readonly users: readonly User[];
  readonly next: string | null;
}

export interface SessionPage {
  readonly sessions: readonly SessionRecord[];
  readonly next: string | null;
}

export const usersAddress = (after: string | null): string => `/api/users?limit=100${after === null ? "" : `&after=${encodeURIComponent(after)}`}`;
export const sessionsAddress = (user: string): string => `/api/sessions?user=${encodeURIComponent(user)}&limit=100`;

const address = (name: string): string => `/api/users/${encodeURIComponent(name)}`;

export const changeUser = (name: string, change: { role?: "admin" | "user"; disabled?: boolean }): Promise<Answer<User>> =>
  ask<User>("PATCH", address(name), change);
export const removeUser = (name: string): Promise<Answer<object>> => ask<object>("DELETE", address(name));
export const makeLink = (name: string): Promise<Answer<Link>> => ask<Link>("POST", `${address(name)}/link`, {});
export const setPassword = (name: string, password: string, current: string): Promise<Answer<object>> =>
  ask<object>("PUT", `${address(name)}/password`, { password, ...(current === "" ? {} : { current }) });
export const endSession = (id: string): Promise<Answer<object>> => ask<object>("DELETE", `/api/sessions/${encodeURIComponent(id)}`);
