const block = /^```console\n\$ (npm run [^\n]+)\n[\s\S]*?^```$/gm

/** The commands of a page, in their order: the first line, after `$`, of each block that is marked `console`. */
export function commandsOf(page: string): readonly string[] {
  return [...page.matchAll(block)].map(([, command = '']) => command)
}

/** The page with what commands printed under each; those that are not among them keep what they have. */
export function withOutputs(page: string, printed: ReadonlyMap<string, string>): string {
  return page.replace(block, (whole, command: string) => {
    const output = printed.get(command)
    return output === undefined ? whole : `\`\`\`console\n$ ${command}\n${output}\n\`\`\``
  })
}
