// @automerge/automerge: Rust through wasm-bindgen.
import * as Automerge from '@automerge/automerge'

let a = Automerge.from({ cards: [{ title: 'one', done: false }], text: 'hello' }, { actor: 'aa' })
let b = Automerge.clone(a, { actor: 'bb' })
a = Automerge.change(a, (doc) => doc.cards.push({ title: 'two', done: true }))
b = Automerge.change(b, (doc) => {
  doc.cards[0].done = true
  Automerge.splice(doc, ['text'], 5, 0, ' world')
})
const merged = Automerge.merge(a, b)
console.log(JSON.stringify(merged))
console.log(JSON.stringify(Automerge.load(Automerge.save(merged))), Automerge.getAllChanges(merged).length)
