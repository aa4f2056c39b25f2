import { lineCosts } from "@fogline/fleet";
import type { ClusterContext } from "@fogline/manifests";
import { mayBufferOnDisk, receivers } from "./place.ts";

/** Where the pod of Fluent Bit has what it needs. */
export const paths = { config: "/fluent-bit/etc/fogline", buffer: "/buffer", logs: "/var/log", secret: "/etc/logs-writer" } as const;

const MiB = 1024 ** 2;
const port = 24_224;
const flushSecondsMax = 300;
const retrySecondsMax = 300;
/** A ring in memory is small on purpose: the node is small, too, and what runs on it comes first. */
const ringBytesMax = 32 * MiB;
const chunksInMemory = 8;
const minutesPerDay = 24 * 60;

/** What Fluent Bit replaces by a variable of its environment when it starts. */
const variable = (name: string): string => `$\{${name}}`;

/** What of a node's logs waits in memory. */
export const memoryBufferBytes = (context: ClusterContext): number =>
  mayBufferOnDisk(context) ? chunksInMemory * 2 * MiB : Math.min(context.cluster.connectivity.logBufferBytes, ringBytesMax);

/**
 * The configuration of Fluent Bit: it reads the logs of the node's containers, holds them back to what a metered line may carry, and keeps them
 * until the cloud takes them: on disk, or where that is a card that wears out, the newest of them in memory. It is sent as seldom as metrics are.
 * https://docs.fluentbit.io/manual/administration/buffering-and-storage
 */
export const fluentBitConfig = (context: ClusterContext): object => {
  const { cluster } = context;
  const { reportIntervalMs, logBufferBytes, logNodeBytesPerDay, budgetBytesPerDay } = cluster.connectivity;
  const onDisk = mayBufferOnDisk(context);
  const linesPerMinute = Math.max(1, Math.floor(logNodeBytesPerDay / lineCosts.LOG_LINE_BYTES / minutesPerDay));
  return {
    service: {
      flush: Math.min(Math.ceil(reportIntervalMs / 1_000), flushSecondsMax),
      grace: 20,
      log_level: "warn",
      http_server: true,
      http_listen: "0.0.0.0",
      http_port: 2_020,
      "scheduler.base": 5,
      "scheduler.cap": retrySecondsMax,
      ...(onDisk
        ? {
            "storage.path": `${paths.buffer}/chunks`,
            "storage.sync": "normal",
            "storage.max_chunks_up": chunksInMemory,
            "storage.backlog.mem_limit": chunksInMemory * MiB,
            "storage.delete_irrecoverable_chunks": true,
          }
        : {}),
    },
    pipeline: {
      inputs: [
        {
          name: "tail",
          tag: "containers.*",
          path: `${paths.logs}/containers/*.log`,
          // Its own lines would make it write more of them.
          exclude_path: `${paths.logs}/containers/log-shipper-*.log`,
          path_key: "file",
          "multiline.parser": "cri",
          // How far it has read. In memory it is forgotten with the pod, and reading goes on at the end.
          db: onDisk ? `${paths.buffer}/tail.db` : "/tmp/tail.db",
          read_from_head: onDisk,
          skip_long_lines: true,
          refresh_interval: 30,
          mem_buf_limit: memoryBufferBytes(context),
          "storage.type": onDisk ? "filesystem" : "memrb",
        },
      ],
      filters: [
        { name: "record_modifier", match: "*", record: [`cluster ${cluster.name}`, `site ${cluster.site}`, `node ${variable("NODE_NAME")}`] },
        ...(budgetBytesPerDay === undefined ? [] : [{ name: "throttle", match: "*", rate: linesPerMinute, window: 60, interval: "1m" }]),
      ],
      outputs: [
        {
          name: "forward",
          match: "*",
          host: receivers(context).logs,
          port,
          tls: true,
          "tls.verify": true,
          "tls.ca_file": `${paths.secret}/ca.crt`,
          shared_key: variable("LOGS_SHARED_KEY"),
          self_hostname: cluster.name,
          compress: "gzip",
          // Sent means written down over there.
          require_ack_response: true,
          retry_limit: "no_limits",
          ...(onDisk ? { "storage.total_limit_size": logBufferBytes } : {}),
        },
      ],
    },
  };
};
