// Types for the parts of swim 0.6.0 that we use, the private ones included: it has none of its own. The package is
// frozen (last commit 2018) and pinned, so that what stands here stays true.
declare module 'swim' {
  import type { EventEmitter } from 'node:events'

  namespace Swim {
    interface Meta {
      readonly n: string
      readonly i: number
      readonly a: string
      readonly z: string
      readonly v: string
    }

    interface Data {
      readonly host: string
      readonly meta: Meta
      /** Alive, suspect, faulty. */
      readonly state: 0 | 1 | 2
      readonly incarnation: number
    }

    /** member.js */
    interface Member extends Data {
      data(): Data
    }

    interface Options {
      readonly codec: 'json' | 'msgpack'
      readonly local: Pick<Data, 'host' | 'meta' | 'incarnation'>
      readonly preferCurrentMeta: boolean
      readonly interval: number
      readonly pingTimeout: number
      readonly pingReqTimeout: number
      readonly suspectTimeout: number
      readonly udp: { readonly maxDgramSize: number }
    }

    interface Codec {
      encode(body: object): Buffer
      decode(bytes: Buffer): unknown
    }

    interface Envelope {
      readonly type: number
      readonly data: { readonly seq: number } | Data
    }

    /** net.js */
    interface Net {
      udpSocket: { close(): void }
      listen(bound: (error?: Error) => void): void
      close(): void
      sendBuffer(payload: Buffer, host: string): void
      sendMessage(message: Envelope, host: string): void
      emit(event: 'ping' | 'ack', body: { readonly seq: number }, from: string): boolean
      emit(
        event: 'pingreq',
        body: { readonly seq: number; readonly destination: string },
        from: string,
      ): boolean
      emit(event: 'sync' | 'update', body: Data, from: string): boolean
    }

    /** failure-detector.js */
    interface FailureDetector {
      seq: number
      pingReqGroupSize: number
      tick(): void
      ping(): void
      pingMember(member: Member | undefined): void
      pingReqThroughMember(member: Member, relay: Member, acknowledged: () => void): void
      clearSeq(seq: number): void
    }

    /** membership.js */
    interface Membership {
      readonly local: Member
      readonly hostToFaulty: Record<string, Member | undefined>
      readonly hostToMember: Record<string, Member>
      readonly hostToIterable: Record<string, Member>
      next(): Member | undefined
      shuffle(): void
      get(host: string): Member | undefined
      all(hasLocal: boolean, hasFaulty: boolean): Data[]
      size(hasLocal: boolean): number
      sync(hosts: readonly string[]): void
      onUpdate(data: Data): void
    }
  }

  class Swim extends EventEmitter<{ change: [Swim.Data]; update: [Swim.Data] }> {
    constructor(options: Swim.Options)
    codec: Swim.Codec
    readonly net: Swim.Net
    readonly failureDetector: Swim.FailureDetector
    readonly membership: Swim.Membership
    bootstrap(hosts: readonly string[], done: (error?: Error) => void): void
    leave(): void
  }

  export = Swim
}
