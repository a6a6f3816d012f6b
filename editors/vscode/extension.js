/**
 * The VS Code side of `vitrine dap`: finds the command, starts it or connects to one that runs, and says what to debug when there is
 * no launch configuration. Everything else is done by the adapter.
 */
const fs = require('node:fs')
const path = require('node:path')
const vscode = require('vscode')

/** The command line up to `dap`. */
function commandLine(folder) {
  const configured = vscode.workspace.getConfiguration('vitrine', folder).get('command', [])
  if (configured.length > 0) return configured
  const name = process.platform === 'win32' ? 'vitrine.cmd' : 'vitrine'
  const local = folder === undefined ? undefined : path.join(folder.uri.fsPath, 'node_modules', '.bin', name)
  return [local !== undefined && fs.existsSync(local) ? local : 'vitrine']
}

const adapters = {
  createDebugAdapterDescriptor({ configuration, workspaceFolder }) {
    const { port, host } = configuration
    if (typeof port === 'number') return new vscode.DebugAdapterServer(port, host)
    const [command, ...args] = commandLine(workspaceFolder)
    return new vscode.DebugAdapterExecutable(command, [...args, 'dap'], { cwd: workspaceFolder?.uri.fsPath })
  },
}

const configurations = {
  resolveDebugConfiguration(_folder, configuration) {
    if (configuration.type === undefined) {
      // F5 without a launch.json.
      const { document } = vscode.window.activeTextEditor ?? {}
      if (document?.languageId !== 'wat' && !/\.wasm$/i.test(document?.fileName ?? '')) return configuration
      return { type: 'vitrine', request: 'launch', name: 'Debug the open file', program: '${file}', stopOnEntry: true }
    }
    const missing =
      configuration.request === 'attach'
        ? configuration.port === undefined
          ? 'port'
          : undefined
        : configuration.program === undefined
          ? 'program'
          : undefined
    if (missing === undefined) return configuration
    return vscode.window.showErrorMessage(`vitrine: the launch configuration has no "${missing}".`).then(() => undefined)
  },
}

/** What is evaluated under the pointer: `$name`, an index, or an instruction, which is explained. */
const expressions = {
  provideEvaluatableExpression(document, position) {
    const range = document.getWordRangeAtPosition(position, /\$[^\s()";]+|[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)*/)
    return range === undefined ? undefined : new vscode.EvaluatableExpression(range)
  },
}

exports.activate = (context) => {
  context.subscriptions.push(
    vscode.debug.registerDebugAdapterDescriptorFactory('vitrine', adapters),
    vscode.debug.registerDebugConfigurationProvider('vitrine', configurations),
    vscode.languages.registerEvaluatableExpressionProvider({ language: 'wat' }, expressions),
  )
}
exports.deactivate = () => {}
