import { type ErrorCode, type Key, MnemeshError } from '../client/index.ts'
import { isRecord } from './readers.ts'

/** What a node that `dev` started tells it. */
export type FromChild =
  | { readonly tell: 'ready' }
  | { readonly tell: 'failed'; readonly code: ErrorCode; readonly message: string }
  | { readonly tell: 'held'; readonly id: number; readonly value: unknown }

/** What `dev` asks of it: what it holds itself, without asking any other node. */
export interface FromParent {
  readonly ask: 'peek'
  readonly id: number
  readonly table: string
  readonly key: Key
}

/** The child's end of the line to the `dev` that started it. */
export interface Tie {
  tell(message: FromChild): void
  /** Answers what it is asked from now on. */
  serve(peek: (table: string, key: Key) => Promise<unknown>): void
  /** Lets the process end. */
  cut(): void
}

/** Ties this process to its parent: calls `gone` when that has ended, however it did. */
export function tieToParent(gone: () => void): Tie {
  if (process.send === undefined) {
    throw new MnemeshError('ERR_INVALID_ARGUMENT', "--tied is for nodes that 'mnemesh dev' starts")
  }
  // The operating system closes the channel with the parent, even when nobody could say goodbye.
  process.once('disconnect', gone)
  const tell = (message: FromChild) => {
    if (process.connected) process.send?.(message)
  }
  return {
    tell,
    serve(peek) {
      process.on('message', (message: unknown) => {
        if (!isQuestion(message)) return
        const { id, table, key } = message
        peek(table, key).then(
          value => tell({ tell: 'held', id, value }),
          () => tell({ tell: 'held', id, value: undefined }),
        )
      })
    },
    cut() {
      process.removeListener('disconnect', gone)
      if (process.connected) process.disconnect()
    },
  }
}

/** True for what a child says. */
export function isFromChild(message: unknown): message is FromChild {
  return isRecord(message) && typeof message.tell === 'string'
}

function isQuestion(message: unknown): message is FromParent {
  return isRecord(message) && message.ask === 'peek'
}
