/** The clock of the harness: CPU time of this process so far (user + system, all threads), in ms. Other work on the machine does not count. */
export function cpu(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
