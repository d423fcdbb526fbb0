import type { Row, Scale } from './measure.ts'
import { client } from './sections/client.ts'
import { copy } from './sections/copy.ts'
import { local } from './sections/local.ts'
import { memory } from './sections/memory.ts'
import { overload } from './sections/overload.ts'
import { strong } from './sections/strong.ts'
import { writes } from './sections/writes.ts'

type Section = (scale: Scale) => Promise<Row[]>

/** Each figure beside its peer, both taken in turn in the same minutes. */
export const sections: Readonly<Record<string, Section>> = {
  local,
  memory,
  writes,
  client,
  copy,
  overload,
  strong,
}
