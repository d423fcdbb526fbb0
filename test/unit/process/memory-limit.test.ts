import { describe, expect, it } from 'vitest'
import { defaultMaxBytes } from '../../../src/process/memory-limit.ts'

const gigabyte = 1024 ** 3

/** The default on a machine of 16 GB whose files say that. */
const limitWith = (files: Readonly<Record<string, string>>) =>
  defaultMaxBytes(path => files[path], 16 * gigabyte) / gigabyte

describe('the memory that a node may use unless it is told', () => {
  it('is a quarter of the machine where nothing bounds the process', () => {
    expect(limitWith({})).toBe(4)
    expect(limitWith({ '/proc/self/cgroup': 'garbage' })).toBe(4)
    expect(limitWith({ '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/memory.max': 'max\n' })).toBe(4)
    const none = { '/sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n' }
    expect(limitWith({ '/proc/self/cgroup': '4:memory:/\n0::/\n', ...none })).toBe(4)
  })

  it('is half of what a container of version 2 allows, hard or soft', () => {
    const root = { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/memory.max': `${2 * gigabyte}\n` }
    expect(limitWith(root)).toBe(1)
    expect(limitWith({ ...root, '/sys/fs/cgroup/memory.high': `${gigabyte}\n` })).toBe(0.5)
  })

  it('is half of what a container of version 1 allows', () => {
    const groups = '5:devices:/docker/f00\n4:cpu,memory:/docker/f00\n'
    expect(
      limitWith({
        '/proc/self/cgroup': groups,
        '/sys/fs/cgroup/memory/docker/f00/memory.limit_in_bytes': `${gigabyte}\n`,
      }),
    ).toBe(0.5)
    // Inside of the container its group is the root, and the path is that of outside.
    expect(
      limitWith({
        '/proc/self/cgroup': groups,
        '/sys/fs/cgroup/memory/memory.limit_in_bytes': `${gigabyte}`,
      }),
    ).toBe(0.5)
  })

  it('heeds the groups around its own', () => {
    expect(
      limitWith({
        '/proc/self/cgroup': '0::/kubepods/pod1/main\n',
        '/sys/fs/cgroup/kubepods/pod1/main/memory.max': 'max\n',
        '/sys/fs/cgroup/kubepods/pod1/memory.max': `${4 * gigabyte}\n`,
        '/sys/fs/cgroup/kubepods/memory.max': `${8 * gigabyte}\n`,
      }),
    ).toBe(2)
  })

  it('is of this process something between a megabyte and all that there is', () => {
    expect(defaultMaxBytes()).toBeGreaterThan(1024 ** 2)
    expect(defaultMaxBytes()).toBeLessThan(1024 ** 5)
  })
})
