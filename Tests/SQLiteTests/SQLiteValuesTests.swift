import TestSupport
import Testing

@testable import SQLite

@Suite struct SQLiteValuesTests {
    private static let schema = [SQLiteMigration(version: 1, sql: "CREATE TABLE rows (a, b, c, d, e)")]
    private static let insert = "INSERT INTO rows VALUES (?, ?, ?, ?, ?)"

    private struct Row: Hashable {
        var a: Int64 = 7
        var b: String? = "b"
        var c: [UInt8]? = [1, 2]
        var d = "d"
        var e = "é"

        func add(to values: inout SQLiteValues) {
            values.add(a)
            values.add(b)
            values.add(c)
            values.add(d)
            values.add(e)
        }
    }

    private func withWriter(_ body: (SQLiteWriter) async throws -> Void) async throws {
        try await withTemporaryDirectory { directory in
            let writer = try await SQLiteWriter(path: directory + "/test.db", migrations: Self.schema)
            try await body(writer)
            await writer.close()
        }
    }

    @Test func `values come back as they were given, small and large, in any order`() async throws {
        let large = String(repeating: "ü", count: 700)
        let huge = String(repeating: "x", count: 100_000)
        let rows = [
            Row(), Row(b: nil, c: nil), Row(b: "", c: [], d: "", e: ""),
            Row(b: large, c: Array(large.utf8), d: "d", e: large),
            Row(), Row(b: huge, c: [], d: large, e: huge), Row(b: "a\0b", d: "\0", e: "\0\0c"),
            Row(b: large, c: nil, d: huge, e: ""), Row(a: .min),
        ]
        try await withWriter { writer in
            let read = try await writer.write { transaction in
                for row in rows { try transaction.database.run(Self.insert) { row.add(to: &$0) } }
                return try transaction.database.all("SELECT a, b, c, d, e FROM rows ORDER BY rowid") { row in
                    Row(
                        a: row.integer(0),
                        b: row.optionalText(1),
                        c: row.isNull(2) ? nil : row.blob(2),
                        d: row.text(3),
                        e: row.text(4)
                    )
                }
            }
            #expect(read == rows)
        }
    }

    @Test(arguments: [4, 6])
    func `too few and too many values are refused, and the next run is whole`(count: Int) async throws {
        try await withWriter { writer in
            let left = try await writer.write { transaction in
                let error = #expect(throws: SQLiteError.self) {
                    try transaction.database.run(Self.insert) { for index in 0..<count { $0.add(index) } }
                }
                #expect(error?.code == .misuse)
                #expect(error?.message.contains("\(count) values for 5 parameters") == true)
                try transaction.database.run(Self.insert) { Row().add(to: &$0) }
                return try transaction.database.all("SELECT d FROM rows") { $0.text(0) }
            }
            #expect(left == ["d"])
        }
    }
}
