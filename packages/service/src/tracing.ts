import type { Exchange } from "@fogline/rpc";
import { type Context, isSpanContextValid, ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, TraceFlags, trace } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, type SpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { currentScope } from "./scope.ts";

export interface Tracing {
  /** Starts the span of an exchange. On the client side, `exchange.headers` get the trace context. */
  start(exchange: Exchange): { readonly context: Context; end(outcome: string): void };
  stop(): Promise<void>;
}

const header = "traceparent";
const traceparent = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** W3C Trace Context, version 00: https://www.w3.org/TR/trace-context/#traceparent-header. */
const parentOf = (headers: Readonly<Record<string, string>>): Context => {
  const [, traceId, spanId, flags] = traceparent.exec(headers[header] ?? "") ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return ROOT_CONTEXT;
  const parent = { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & TraceFlags.SAMPLED, isRemote: true };
  return isSpanContextValid(parent) ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT;
};

const headerOf = (span: Span): string => {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, "0")}`;
};

/** Where a collector takes spans: https://opentelemetry.io/docs/specs/otlp/#otlphttp-request; a URL that names a path already is left alone. */
const tracesUrl = (otlpUrl: string): string => {
  const url = new URL(otlpUrl);
  if (url.pathname === "/") url.pathname = "/v1/traces";
  return url.href;
};

/** Spans of a workload, to an OpenTelemetry collector over OTLP/HTTP or to a given processor; undefined, and no cost, when there is neither. */
export const openTracing = (
  about: { readonly name: string; readonly instance: string; readonly version: string },
  target: { readonly otlpUrl?: string | undefined; readonly spans?: SpanProcessor | undefined },
): Tracing | undefined => {
  const processors = target.spans === undefined ? [] : [target.spans];
  if (target.otlpUrl !== undefined) processors.push(new BatchSpanProcessor({ exporter: new OTLPTraceExporter({ url: tracesUrl(target.otlpUrl) }) }));
  if (processors.length === 0) return undefined;
  const resource = resourceFromAttributes({
    "service.name": `fogline-${about.name}`,
    "service.instance.id": about.instance,
    "service.version": about.version,
  });
  const provider = new TracerProvider({ resource, spanProcessors: processors });
  const tracer = provider.getTracer("fogline");
  return {
    start: ({ side, operation, correlationId, headers }) => {
      const parent = side === "server" ? parentOf(headers) : (currentScope()?.trace ?? ROOT_CONTEXT);
      const kind = side === "server" ? SpanKind.SERVER : SpanKind.CLIENT;
      const span = tracer.startSpan(operation, { kind, attributes: { "fogline.correlation_id": correlationId } }, parent);
      if (side === "client") headers[header] = headerOf(span);
      return {
        context: trace.setSpan(parent, span),
        end: (outcome) => {
          if (outcome !== "ok") span.setStatus({ code: SpanStatusCode.ERROR, message: outcome });
          span.end();
        },
      };
    },
    stop: () => provider.shutdown(),
  };
};
