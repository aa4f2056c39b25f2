import { type CompiledQuery, SelectQueryNode } from "kysely";

const readingText = /^\s*(select|explain|values)\b/i;

/** Whether a statement certainly changes nothing: a built select, or text that begins as one. For adapters that treat reads and writes apart. */
export const isRead = ({ query, sql }: CompiledQuery): boolean => SelectQueryNode.is(query) || (query.kind === "RawNode" && readingText.test(sql));
