import type { MnemeshError } from '../core/errors.ts'

/**
 * One ordered stream of frames each way, to one other process. gRPC and the simulation implement it. A wire is used
 * once: when it closes, whoever needs one dials again.
 */
export interface Wire {
  /**
   * False when so much is waiting to be sent that the caller should stop until `drained`, but for a few small frames. The
   * frame is kept by reference.
   */
  send(frame: Buffer): boolean
  /** Idempotent; `closed` follows. */
  close(error?: MnemeshError): void
}

export interface WireEvents {
  /** The bytes are valid during the call only. */
  frame(bytes: Buffer): void
  drained(): void
  /** Comes once, last; without an error when this side closed it. */
  closed(error: MnemeshError | undefined): void
}

/**
 * Snapshots and repairs travel apart from operations, so that bulk never delays a write, and the strong group apart
 * from both, so that no load looks like a dead leader.
 */
export type Lane = 'main' | 'bulk' | 'group'

export interface Dialer {
  /** Opens a wire at once; frames sent before it stands are kept. An address that is not reached closes it. */
  dial(address: string, lane: Lane, events: WireEvents): Wire
}

/** What answers a wire that another process dialled. */
export type Accept = (wire: Wire, lane: Lane) => WireEvents
