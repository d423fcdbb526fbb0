import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'

/** A Redis server on loopback, in memory only. */
export class RedisServer {
  readonly port: number
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, port: number) {
    this.#child = child
    this.port = port
  }

  /** Undefined where Redis is not installed (Debian: redis-server). */
  static async start(port = 6391): Promise<RedisServer | undefined> {
    try {
      execFileSync('redis-server', ['--version'], { stdio: 'ignore' })
    } catch {
      return undefined
    }
    const args = [
      '--save',
      '',
      '--appendonly',
      'no',
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--loglevel',
      'notice',
    ]
    const child = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] })
    for (let text = ''; !text.includes('Ready to accept connections'); ) {
      const [chunk] = await once(child.stdout, 'data')
      text += String(chunk)
    }
    return new RedisServer(child, port)
  }

  stop(): void {
    this.#child.kill('SIGKILL')
  }
}
