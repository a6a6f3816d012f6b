// Loaded before a program (--import): writes what the process has cost to the file that BENCH_REPORT names, when it ends.
import { writeFileSync } from 'node:fs'

process.on('exit', () => {
  const { user, system } = process.cpuUsage()
  writeFileSync(process.env.BENCH_REPORT, JSON.stringify({ cpu: (user + system) / 1000, peak: process.resourceUsage().maxRSS * 1024 }))
})
