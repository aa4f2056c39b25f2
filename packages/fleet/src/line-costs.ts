/**
 * What the standing traffic of a place costs on its line. Profiles are derived from these figures, and the sum that `check` compares with a budget is
 * made of them. Each says where it comes from; bench/README.md has the measured ones. Bytes are those of TCP streams, without IP and TCP headers.
 */

/** One idle agent's connection, without reports: pings of the hub, measured at {@link MEASURED_PING_MS}. 91 KiB an hour, both ways. */
export const CONNECTION_BYTES_PER_HOUR = 91 * 1024;
export const MEASURED_PING_MS = 2_000;

/** One report of an agent and its answer: 179 KiB an hour at a report every 30 s, less the connection. */
export const MEASURED_HEARTBEAT_MS = 30_000;
export const REPORT_BYTES = Math.round(((179 - 91) * 1024) / 120);

/**
 * One question for a new revision. git: 1,614 bytes were counted for one `ls-remote` of a branch over HTTP; a TLS handshake with its certificates, and
 * the list of all branches that Flux's own client asks for, are an estimate on top. oci: token, manifest and handshake, an estimate. A bundle is
 * carried, so nobody asks over a line.
 */
export const POLL_BYTES = { git: 8_192, oci: 8_192, bundle: 0 } as const;

/**
 * One sample of remote write, an estimate: version 1 of the protocol repeats all labels of a series with every sample, about 150 bytes before and 20
 * bytes after Snappy, which finds the same labels in the sample before.
 */
export const SAMPLE_BYTES = 20;

/** One sample in the write-ahead log, an estimate: a reference, a time and eight bytes of value, before compression. */
export const LOGGED_SAMPLE_BYTES = 12;

/** Log lines are about an eighth of their size after gzip, an estimate for lines of JSON. */
export const LOG_COMPRESSION = 8;
/** A log line with what is added to it, an estimate. */
export const LOG_LINE_BYTES = 250;
/** What a node logs in a day when nothing holds it back, an estimate for a handful of containers. */
export const LOG_NODE_BYTES_PER_DAY = 20_000_000;

/** Series that the monitoring of one node has: the kubelet's figures of its containers, and those of the log shipper. An estimate. */
export const SERIES_PER_NODE = 100;
/** Series of one workload that answers on its ops port, after the list of what is kept. An estimate. */
export const SERIES_PER_WORKLOAD = 50;

/** The place that a profile is derived for before its real size is known: so many nodes and devices, and the series that they have. */
export const REFERENCE_NODES = 8;
export const REFERENCE_DEVICES = 20;
export const REFERENCE_SERIES = 2_000;

/** Size of an image as our workloads have it at most, compressed. */
export const REFERENCE_IMAGE_BYTES = 200_000_000;
/** Answers that a pull waits for one after the other: token, manifest, configuration, layers. */
export const PULL_ROUND_TRIPS = 40;
