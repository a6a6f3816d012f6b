// source-map: Rust without bindings.
import sourceMap from 'source-map'

const { SourceMapConsumer, SourceMapGenerator } = sourceMap
const generator = new SourceMapGenerator({ file: 'out.js' })
for (let line = 1; line <= 50; line++) {
  for (let column = 0; column < 40; column += 8) {
    generator.addMapping({
      generated: { line, column },
      original: { line: 51 - line, column: column + 1 },
      source: `s${line % 3}.js`,
      name: `n${column}`,
    })
  }
}
await SourceMapConsumer.with(generator.toString(), null, (consumer) => {
  console.log(JSON.stringify(consumer.originalPositionFor({ line: 7, column: 17 })))
  console.log(JSON.stringify(consumer.generatedPositionFor({ source: 's1.js', line: 44, column: 9 })))
  consumer.computeColumnSpans()
  let count = 0
  consumer.eachMapping(() => count++)
  console.log(count, JSON.stringify(consumer.allGeneratedPositionsFor({ source: 's1.js', line: 44, column: 9 })))
})
