// SQLite (sql.js): rows inserted, indexed, joined, grouped, written out.
import { load, randomOf } from './packages.mjs'

const { default: initSqlJs } = await load('sql.js')
const SQL = await initSqlJs()
const db = new SQL.Database()
const random = randomOf(1)
db.run(
  'CREATE TABLE item (id INTEGER PRIMARY KEY, kind INTEGER, name TEXT, price REAL); CREATE TABLE kind (id INTEGER PRIMARY KEY, name TEXT)',
)
db.run('BEGIN')
const item = db.prepare('INSERT INTO item (kind, name, price) VALUES (?, ?, ?)')
for (let i = 0; i < 2000; i++) item.run([random(12), `item ${random(100000)}`, random(10000) / 100])
item.free()
for (let i = 0; i < 12; i++) db.run('INSERT INTO kind VALUES (?, ?)', [i, `kind ${i}`])
db.run('COMMIT; CREATE INDEX by_name ON item (name)')
const ask = (sql) => console.log(JSON.stringify(db.exec(sql)[0].values))
ask('SELECT kind.name, count(*), round(sum(price), 2) FROM item JOIN kind ON kind.id = item.kind GROUP BY kind.id ORDER BY 3')
ask("SELECT count(*), max(name) FROM item WHERE name LIKE '%7%' AND price BETWEEN 10 AND 60")
ask('SELECT a.name, b.name FROM item a JOIN item b ON b.name > a.name AND b.kind = a.kind WHERE a.id < 40 ORDER BY b.name LIMIT 3')
console.log(db.export().length)
