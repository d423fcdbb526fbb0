import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const execute = promisify(execFile)
const firstSubnet = 64
const lastSubnet = 127

/** Runs the command line of Docker; resolves with what it writes. Rejects, with its errors, when it fails. */
export async function docker(...args: string[]): Promise<string> {
  const { stdout } = await execute('docker', args)
  return stdout.trim()
}

/** The same for Compose, whichever of its two kinds is there. */
export async function compose(environment: Record<string, string>, ...args: string[]): Promise<string> {
  const [command = '', ...first] = await composeCommand()
  const env = { ...process.env, ...environment }
  const { stdout } = await execute(command, [...first, ...args], { env, maxBuffer: 64 * 1024 * 1024 })
  return stdout.trim()
}

/** The exit code of a command in a container, and what it wrote. */
export async function exec(
  container: string,
  ...command: string[]
): Promise<{ code: number; output: string }> {
  try {
    return { code: 0, output: await docker('exec', container, ...command) }
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
    return { code, output: `${stdout}${stderr}`.trim() }
  }
}

/** A network of its own range, so that containers can be given addresses; `prefix.0/24`. */
export async function createNetwork(
  name: string,
): Promise<{ readonly prefix: string; remove(): Promise<void> }> {
  for (let i = firstSubnet; i <= lastSubnet; i++) {
    const prefix = `10.213.${i}`
    try {
      await docker('network', 'create', '--subnet', `${prefix}.0/24`, name)
      return { prefix, remove: async () => void (await docker('network', 'rm', name)) }
    } catch (error) {
      if (i === lastSubnet || !String(error).includes('overlaps')) throw error
    }
  }
  throw new Error('unreachable')
}

async function composeCommand(): Promise<string[]> {
  try {
    await execute('docker-compose', ['version'])
    return ['docker-compose']
  } catch {
    return ['docker', 'compose']
  }
}
