import { Option } from 'commander'
import { keyTypes } from './values.ts'

/** How keys are written on this command line. */
export function keyTypeOption(): Option {
  const about = 'how keys are read; json also takes lists, as \'["tenant-1", 42]\''
  return new Option('--key-type <type>', about).choices(keyTypes).default('text')
}

/** How many copies must have a write. */
export function ackOption(): Option {
  const about = 'copies that must have it first; default: as the table says'
  return new Option('--ack <copies>', about).choices(['local', 'one', 'majority', 'all'])
}
