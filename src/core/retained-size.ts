const word = 8
/** Header and hash of a string; of an object or array its map, properties and elements; of a boxed number all of it. */
const stringBytes = 2 * word
const objectBytes = 3 * word
const arrayBytes = 4 * word
const boxedBytes = 2 * word
/** V8 gives an object that is made empty room for so many fields. */
const leastFields = 4
/** View, backing store and what the collector keeps of it. */
const bufferBytes = 120
const beyondLatin1 = /[\u{100}-\u{10ffff}]/u

/**
 * About how many bytes of heap a decoded value keeps, as V8 lays it out on 64 bits (shapes are shared, small integers
 * take no more than their field). For values that `decodeValue` made: plain, without cycles.
 */
export function retainedBytes(value: unknown): number {
  if (typeof value === 'number') return (value | 0) === value ? 0 : boxedBytes
  if (typeof value === 'string') return stringBytesOf(value)
  if (typeof value !== 'object' || value === null) return 0
  if (value instanceof Uint8Array) return bufferBytes + value.length
  if (Array.isArray(value)) {
    let bytes = arrayBytes + 2 * word + value.length * word
    for (const element of value) bytes += retainedBytes(element)
    return bytes
  }
  const fields = Object.values(value)
  let bytes = objectBytes + Math.max(fields.length, leastFields) * word
  for (const field of fields) bytes += retainedBytes(field)
  return bytes
}

// A byte for each character, or two for all once one of them is beyond Latin-1.
function stringBytesOf(text: string): number {
  const isWide = Buffer.byteLength(text) !== text.length && beyondLatin1.test(text)
  return stringBytes + Math.ceil((isWide ? text.length * 2 : text.length) / word) * word
}
