import { spawn } from 'node:child_process'
import { delimiter } from 'node:path'

export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly cwd: string
  /** Folder of the `node` to use; default the one that runs this. */
  readonly bin?: string
  readonly mayFail?: boolean
}

const timeoutMs = 170_000

/** Runs a program to its end and tells what it said. Rejects when it fails, with what it said. */
export function run(
  program: string,
  args: readonly string[],
  { cwd, bin, mayFail }: RunOptions,
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd,
      env: environment(bin),
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', chunk => {
      stdout += chunk
    })
    child.stderr.on('data', chunk => {
      stderr += chunk
    })
    child.on('error', reject)
    child.on('close', code => {
      if (code === 0 || mayFail === true) resolve({ code, stdout, stderr })
      else reject(new Error(`${program} ${args.join(' ')} ended with ${code}:\n${stdout}\n${stderr}`))
    })
  })
}

// Not what `npm run` and vitest set for us: a user's shell has none of it, and npm inside npm would obey it. What says
// how to reach the registry stays.
function environment(bin: string | undefined): NodeJS.ProcessEnv {
  const kept = /^npm_config_(registry|cafile|userconfig|globalconfig|cache|proxy|https_proxy|noproxy)$/i
  const env = Object.entries(process.env).filter(
    ([name]) =>
      kept.test(name) || !/^(npm_|INIT_CWD$|NODE_ENV$|NODE_OPTIONS$|VITEST|TEST$|FORCE_COLOR$)/i.test(name),
  )
  const path = env.find(([name]) => name === 'PATH')?.[1] ?? ''
  const folders = path.split(delimiter).filter(folder => !folder.includes('node_modules'))
  return {
    ...Object.fromEntries(env),
    PATH: [...(bin === undefined ? [] : [bin]), ...folders].join(delimiter),
    NO_COLOR: '1',
  }
}
