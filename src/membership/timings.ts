/** How fast gossip goes and how patient it is. All in ms. */
export interface Timings {
  /** One member, another each time, is pinged per interval. */
  readonly intervalMs: number
  /** Without an answer for so long, others are asked to ping it. */
  readonly pingTimeoutMs: number
  /** Without an answer through them either, the member is suspected. */
  readonly pingReqTimeoutMs: number
  /**
   * So long has a suspect to contradict before it counts as lost. Longer than any pause that a healthy process may
   * make: about ten times the interval; at three times, a tenth of datagrams lost makes false alarms.
   */
  readonly suspectTimeoutMs: number
  /** How often all that is known is exchanged with a member, a lost one and the seeds that are no members. */
  readonly syncIntervalMs: number
  /** A newcomer takes who does not answer for so long for dead, when it asks whether its name is free. */
  readonly askTimeoutMs: number
  /** A lost member is forgotten, and no longer sought, after so long. */
  readonly reapMs: number
}

const lan: Timings = {
  intervalMs: 200,
  pingTimeoutMs: 80,
  pingReqTimeoutMs: 160,
  suspectTimeoutMs: 2000,
  syncIntervalMs: 2000,
  askTimeoutMs: 1000,
  reapMs: 3_600_000,
}

/** `lan`: one data centre. `wan`: between continents. `test`: many nodes in one process, on loopback. */
export const profiles = {
  lan,
  wan: {
    ...lan,
    intervalMs: 1000,
    pingTimeoutMs: 500,
    pingReqTimeoutMs: 1000,
    suspectTimeoutMs: 8000,
    syncIntervalMs: 10_000,
    askTimeoutMs: 2000,
  },
  test: {
    ...lan,
    intervalMs: 50,
    pingTimeoutMs: 20,
    pingReqTimeoutMs: 40,
    suspectTimeoutMs: 400,
    syncIntervalMs: 300,
    askTimeoutMs: 300,
  },
} as const satisfies Record<string, Timings>
