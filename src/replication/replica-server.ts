import type { BytesReader } from '../core/bytes.ts'
import type { Row } from '../core/entry.ts'
import type { Environment } from '../core/environment.ts'
import type { Epoch } from '../core/epoch.ts'
import { MnemeshError, toMnemeshError } from '../core/errors.ts'
import { readPlain, writeError, writePlain } from '../core/failure.ts'
import { readOperation, readSets, writeOutcome, writeRow } from '../core/operation.ts'
import { RowBatch, RowBlock } from '../core/rows.ts'
import type { Origins } from '../core/version.ts'
import type { Copies } from '../storage/copies.ts'
import type { Incoming } from '../wire/answerer.ts'
import type { Call } from '../wire/caller.ts'
import { CacheFeed } from './cache-feed.ts'
import {
  peerCalls,
  pushKinds,
  readAck,
  readBounds,
  readClears,
  readEpoch,
  readKeys,
  readNumbers,
  readPageRequest,
  readTable,
  readVectors,
  writeRoots,
  writeVersions,
  writeWords,
} from './calls.ts'
import type { Coverage } from './coverage.ts'
import type { Inbox } from './inbox.ts'
import type { LocalReplica } from './local-replica.ts'
import type { Page } from './replica.ts'
import type { Separation } from './separation.ts'
import { notHeld } from './writer.ts'

/** A caller's own deadline ends its waiting; this only bounds what is kept for it here. */
const callLimitMs = 60_000

export interface ReplicaServerParts {
  readonly local: LocalReplica
  readonly copies: Copies
  readonly inbox: Inbox
  readonly origins: Origins
  readonly coverage: Coverage
  readonly separation: Pick<Separation, 'keepsApart'>
  /** That process gets this node's operations on the table from now on: those beyond the stamp that comes back. */
  readonly opened: (member: string, table: string) => number
}

/** Who asks. */
export interface AskingPeer {
  readonly name: string
  readonly id: string
  /** True while it says that it is apart from the majority. */
  readonly isApart: () => boolean
}

/** Answers what one other node asks of this node's copies, over one wire. */
export class ReplicaServer {
  readonly #env: Environment
  readonly #parts: ReplicaServerParts
  readonly #peer: AskingPeer
  readonly #feeds = new Map<string, CacheFeed>()

  constructor(env: Environment, parts: ReplicaServerParts, peer: AskingPeer) {
    this.#env = env
    this.#parts = parts
    this.#peer = peer
  }

  handle(call: Incoming): void {
    const { kind, body } = call
    const { local } = this.#parts
    if (kind === peerCalls.status) this.#answer(call, local.status(), writePlain)
    else if (kind === peerCalls.inspect) this.#answer(call, local.inspect(readPlain(body)), writePlain)
    else if (kind === peerCalls.roots) this.#roots(call)
    else if (kind === peerCalls.compared) this.#compared(call)
    else if (kind === peerCalls.touched) this.#answer(call, local.touched(readTable(body), readNumbers(body)))
    else if (kind === peerCalls.bounded) this.#answer(call, local.bounded(this.#peer.name, readBounds(body)))
    else if (kind <= peerCalls.clear || kind === peerCalls.issueAll)
      this.#data(call, kind, readTable(body), body)
    else if (kind <= peerCalls.merge) this.#bulk(call, kind, readTable(body), body)
    else if (kind === peerCalls.sums) this.#page(call, local.sums(readTable(body), readPageRequest(body)))
    else if (kind === peerCalls.subscribe) this.#subscribe(call, readTable(body), body.u8())
    else if (kind === peerCalls.watch) this.#watch(call, readTable(body), body)
    else throw new MnemeshError('ERR_FRAME_INVALID', `unknown call ${kind}`)
  }

  close(): void {
    for (const feed of this.#feeds.values()) feed.close()
  }

  #data(call: Incoming, kind: number, table: string, body: BytesReader): void {
    const { local, origins } = this.#parts
    if (kind === peerCalls.read) {
      const keys = readKeys(body)
      // At once, so that the answer stands in order with the invalidations of later changes.
      call.reply(reply => local.each(table, keys, row => writeOptionalRow(reply, row, origins)))
      return
    }
    const after = body.count()
    const limit: Call = { deadline: this.#env.clock.monotonic() + callLimitMs }
    if (kind === peerCalls.clear) {
      const ack = readAck(body)
      this.#afterOwn(call, after, () => this.#answer(call, local.clear(table, ack, after, limit)))
      return
    }
    if (kind === peerCalls.issueAll) {
      const operations = readSets(body)
      this.#afterOwn(call, after, () => this.#answer(call, local.issueAll(table, operations, after, limit)))
      return
    }
    const operation = readOperation(body)
    this.#afterOwn(call, after, () => {
      const made =
        kind === peerCalls.issue
          ? local.issue(table, operation, after, limit)
          : local.decide(table, operation, after, limit)
      this.#answer(call, made, (reply, outcome) => writeOutcome(reply, outcome, origins))
    })
  }

  // First what the caller wrote before it asked, so that it finds its own writes.
  #afterOwn(call: Incoming, after: number, run: () => void): void {
    this.#parts.inbox.after(this.#peer.id, after, () => {
      try {
        run()
      } catch (error) {
        call.fail(error)
      }
    })
  }

  #bulk(call: Incoming, kind: number, table: string, body: BytesReader): void {
    const { local, origins } = this.#parts
    if (this.#keepsApart(table)) throw notHeld(table)
    if (kind === peerCalls.open) {
      if (this.#parts.copies.get(table) === undefined) throw notHeld(table)
      const stamp = this.#parts.opened(this.#peer.id, table)
      call.reply(reply => reply.f64(stamp))
    } else if (kind === peerCalls.page) {
      this.#page(call, local.page(table, readPageRequest(body)))
    } else if (kind === peerCalls.rows) {
      this.#page(call, local.rows({ table, life: body.u32() }, readNumbers(body)))
    } else if (kind === peerCalls.groups) {
      this.#answer(call, local.groups(table), writeWords)
    } else if (kind === peerCalls.buckets) {
      this.#answer(call, local.buckets(table, body.u8()), writeWords)
    } else if (kind === peerCalls.versions) {
      const versions = local.versions({ table, life: body.u32() }, readNumbers(body))
      this.#answer(call, versions, (reply, list) => writeVersions(reply, list, origins))
    } else {
      const of = { table, life: body.u32() }
      if (!this.#takes(table, readEpoch(body))) throw notHeld(table)
      local.mergeBlock(of, new RowBlock(body, origins))
      call.reply()
    }
  }

  #roots(call: Incoming): void {
    const { local, origins } = this.#parts
    const epoch = readEpoch(call.body)
    const tables = readClears(call.body, origins).filter(
      ({ table }) => !this.#keepsApart(table) && this.#takes(table, epoch),
    )
    const roots = local.roots(tables)
    this.#answer(call, roots, (reply, list) => writeRoots(reply, list, origins))
  }

  #keepsApart(table: string): boolean {
    const copy = this.#parts.copies.get(table)?.copy
    return copy !== undefined && this.#parts.separation.keepsApart(copy.definition, this.#peer.isApart())
  }

  // One that others went on without, and that does not know it yet, has rows that must not come back.
  #takes(table: string, epoch: Epoch): boolean {
    try {
      return this.#parts.coverage.accepts(this.#peer.id, table, epoch)
    } catch (error) {
      this.#env.log.debug({ err: toMnemeshError(error) }, 'comparison refused')
      return false
    }
  }

  // The other side has seen to it that each has what the other one had when it began.
  #compared(call: Incoming): void {
    const { coverage } = this.#parts
    const { tables, epoch } = readVectors(call.body)
    for (const table of tables) {
      coverage.compared(table)
      coverage.sealed(table, this.#peer.id, epoch)
    }
    call.reply()
  }

  #page(call: Incoming, page: Promise<Page>): void {
    this.#answer(call, page, (reply, { rows, next, total, totalBytes }) => {
      const batch = new RowBatch(this.#parts.origins)
      rows.each(row => batch.add(row))
      reply.f64(next)
      reply.f64(total)
      reply.f64(totalBytes)
      batch.writeTo(reply)
    })
  }

  #subscribe(call: Incoming, table: string, partition: number): void {
    const held = this.#parts.copies.get(table)
    if (held === undefined || !held.active) throw notHeld(held?.copy.name ?? table)
    let feed = this.#feeds.get(table)
    if (feed === undefined) {
      const { copy } = held
      feed = new CacheFeed(this.#parts.origins, copy, () => this.#feeds.delete(table))
      this.#feeds.set(table, feed)
      copy.listen(feed)
      feed.onClose = () => copy.unlisten(feed as CacheFeed)
    }
    feed.add(partition, call)
    call.reply()
  }

  #watch(call: Incoming, table: string, body: BytesReader): void {
    const { origins, local } = this.#parts
    const prefix = body.ownBytes()
    const stop = local.watchNow(table, prefix, {
      changed: (kind, row) =>
        call.push(push => {
          push.u8(pushKinds[kind])
          writeRow(push, row, origins)
        }),
      event: kind => call.push(push => push.u8(pushKinds[kind])),
      ended: error => {
        call.push(push => {
          push.u8(pushKinds.lost)
          writeError(push, toMnemeshError(error))
        })
      },
    })
    call.onCancel(stop)
    call.reply()
  }

  #answer<T>(
    call: Incoming,
    result: Promise<T>,
    write?: (reply: Parameters<typeof writeWords>[0], value: T) => void,
  ): void {
    result
      .then(value => call.reply(write === undefined ? undefined : reply => write(reply, value)))
      .catch(error => call.fail(error))
  }
}

function writeOptionalRow(
  reply: Parameters<typeof writeWords>[0],
  row: Row | undefined,
  origins: Origins,
): void {
  reply.u8(row === undefined ? 0 : 1)
  if (row !== undefined) writeRow(reply, row, origins)
}
