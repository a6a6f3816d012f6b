// sql.js: SQLite, built with Emscripten.
import initSqlJs from 'sql.js'

const SQL = await initSqlJs()
const db = new SQL.Database()
db.run('CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, x REAL)')
for (let i = 0; i < 200; i++) db.run('INSERT INTO t (name, x) VALUES (?, ?)', [`n${i % 7}`, i / 8])
console.log(JSON.stringify(db.exec('SELECT name, count(*), sum(x), max(id) FROM t GROUP BY name ORDER BY name')))
db.create_function('twice', (x) => x * 2)
console.log(JSON.stringify(db.exec("SELECT twice(21), sqlite_version(), hex(zeroblob(2)), upper('straße')")))
try {
  db.run('SELECT * FROM nothing')
} catch (error) {
  console.log(error.message)
}
console.log(db.export().length)
db.close()
