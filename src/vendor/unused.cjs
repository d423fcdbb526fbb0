// Stands in the build for the native parts of swim (msgpack, farmhash): its codec is replaced on the instance and its
// checksum is never asked for, so neither may end up in what users install.
const unused = () => {
  throw new Error('a part of swim was used that mnemesh replaces')
}
module.exports = { pack: unused, unpack: unused, hash64: unused }
