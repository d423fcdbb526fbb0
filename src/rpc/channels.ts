import type { ChannelOptions } from '@grpc/grpc-js'
import { frameLimitBytes } from '../core/frame.ts'

/** What holds for every connection, on both of its sides. */
const common: ChannelOptions = {
  // A process that stopped without closing its connections is noticed after 7 s at most.
  'grpc.keepalive_time_ms': 5000,
  'grpc.keepalive_timeout_ms': 2000,
  'grpc.keepalive_permit_without_calls': 1,
  'grpc.max_receive_message_length': frameLimitBytes + 64,
  'grpc.max_send_message_length': frameLimitBytes + 64,
  // One window of 64 KiB a round trip is what limits bulk otherwise: 140 against 380 MB/s on loopback.
  'grpc-node.flow_control_window': 16 * 1024 * 1024,
}

export const channelOptions: ChannelOptions = {
  ...common,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 2000,
  'grpc.dns_min_time_between_resolutions_ms': 2000,
  // Nodes talk to each other, not through whatever http_proxy names.
  'grpc.enable_http_proxy': 0,
  // A write whose answer got lost must not be made twice: nothing below our own layer repeats a call.
  'grpc.enable_retries': 0,
}

/** Streams have connections of their own, so that bulk on one does not hold up the other. */
export const streamOptions: ChannelOptions = { ...channelOptions, 'grpc.use_local_subchannel_pool': 1 }

export const serverOptions: ChannelOptions = {
  ...common,
  'grpc.max_concurrent_streams': 1024,
  // Below this, http2 fails streams with "Bandwidth exhausted" under load (grpc-node issues 1158, 1942).
  'grpc-node.max_session_memory': Number.MAX_SAFE_INTEGER,
}
