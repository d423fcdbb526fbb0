import type { Cancel } from '../../../src/core/environment.ts'
import type { Membership } from '../../../src/membership/membership.ts'
import { type Member, View } from '../../../src/membership/view.ts'
import type { Network } from './network.ts'
import type { SimProcess } from './process.ts'
import type { World } from './world.ts'

export interface DetectionTimes {
  /** Silence after which a member is taken for dead, least and most. */
  readonly suspectMs: readonly [number, number]
  /** Until a new or returned member is seen. */
  readonly noticeMs: readonly [number, number]
}

/** Stands in for SWIM: every process finds out for itself, late, who can be reached. */
export class SimMembership implements Membership {
  readonly self: Member
  healthScore = 0
  readonly process: SimProcess
  readonly #listeners = new Set<(view: View, previous: View) => void>()
  readonly #seeds: () => readonly string[]
  #view: View
  #left = false

  /** `seeds` are hosts. */
  constructor(process: SimProcess, self: Member, seeds: () => readonly string[]) {
    this.#seeds = seeds
    this.process = process
    this.self = self
    this.#view = new View([self])
  }

  get seeds(): readonly (Member | undefined)[] {
    const members = new Map(this.#view.members.map(member => [member.address, member]))
    return this.#seeds().map(host => members.get(host))
  }

  get view(): View {
    return this.#view
  }

  get hasLeft(): boolean {
    return this.#left
  }

  onChange(listener: (view: View, previous: View) => void): Cancel {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  onSign(): Cancel {
    return () => {}
  }

  onReplaced(): Cancel {
    return () => {}
  }

  join(): void {}

  async leave(): Promise<void> {
    this.#left = true
  }

  see(member: Member): void {
    const known = this.#view.get(member.name)
    if (member.name === this.self.name || (known !== undefined && known.incarnation >= member.incarnation))
      return
    this.#replace([...this.#view.members.filter(other => other.name !== member.name), member])
  }

  lose(member: Member): void {
    if (member.name === this.self.name || !this.#view.has(member)) return
    this.#replace(this.#view.members.filter(other => other.name !== member.name))
  }

  #replace(members: readonly Member[]): void {
    const previous = this.#view
    this.#view = new View(members)
    for (const listener of [...this.#listeners]) listener(this.#view, previous)
  }
}

/** Watches who can reach whom and tells each process after a while. */
export class FailureDetector {
  readonly #world: World
  readonly #network: Network
  readonly #processes = new Map<string, SimMembership>()
  readonly #pending = new Map<string, { goal: boolean; cancel: Cancel }>()
  readonly #times: DetectionTimes

  constructor(world: World, network: Network, times: DetectionTimes) {
    this.#world = world
    this.#network = network
    this.#times = times
  }

  add(membership: SimMembership): void {
    this.#processes.set(membership.self.address, membership)
  }

  remove(host: string): void {
    this.#processes.delete(host)
  }

  /** Looks again; call after every change of network or processes. */
  update(): void {
    for (const observer of this.#processes.values()) {
      for (const member of observer.view.members) this.#judge(observer, member)
      for (const { self } of this.#processes.values()) this.#judge(observer, self)
    }
  }

  #judge(observer: SimMembership, { name, address: host }: Member): void {
    const me = observer.self.address
    if (name === observer.self.name) return
    const subject = this.#processes.get(host)
    const reachable =
      subject?.process.isRunning === true && !this.#network.isCut(me, host) && !this.#network.isCut(host, me)
    const known = observer.view.get(name)
    const seen = known?.address === host ? known : undefined
    // Of two processes of one name the newer one counts.
    const right = reachable
      ? known !== undefined && known.incarnation >= subject.self.incarnation
      : seen === undefined
    const key = `${me}>${host}>${subject?.self.incarnation}`
    const pending = this.#pending.get(key)
    if (right || pending?.goal === reachable) {
      if (right) {
        pending?.cancel()
        this.#pending.delete(key)
      }
      return
    }
    pending?.cancel()
    const [least, most] = reachable ? this.#times.noticeMs : this.#times.suspectMs
    const cancel = this.#world.after(least + this.#world.random.unit() * (most - least), () => {
      this.#pending.delete(key)
      if (this.#processes.get(me) !== observer) return
      observer.process.run(() => {
        if (reachable && subject !== undefined) observer.see(subject.self)
        else if (seen !== undefined) observer.lose(seen)
        this.update()
      })
    })
    this.#pending.set(key, { goal: reachable, cancel })
  }
}
