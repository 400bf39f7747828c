import Cryptography
import JSON
import JobModel

/// The hash chain over a tenant's audit records: `hash = SHA-256(previous hash ‖ canonical form)`.
///
/// Canonical form: the fields in the order below, each as its length in bytes (8 bytes, big-endian) and its UTF-8, integers
/// in decimal, what is absent as the empty string. Version 1 ends with the detail, version 2 adds class, key and the
/// ciphertext of what is personal, so destroying the key leaves the chain whole. The detail is hashed as the text that is
/// stored, never as JSON written again. A chain shows a change, a removal in the middle and an exchange; what was cut off at
/// its end, or all of it written anew, shows only against checkpoints kept elsewhere (`AuditCheckpoint`).
package enum AuditChain {
    /// The version new records get.
    static let version = 2
    /// The version of records of which retention left place, time, class and hash.
    package static let pruned = 0
    /// What the first record is chained to.
    static let root = [UInt8](repeating: 0, count: 32)

    /// The first thing wrong with a chain.
    package struct Break: Error, Hashable, Sendable, CustomStringConvertible {
        /// The record that does not fit.
        package var sequence: Int64
        /// Why.
        package var message: String
        /// Both.
        package var description: String { "Audit record \(sequence): \(message)" }

        /// A break.
        package init(sequence: Int64, message: String) {
            self.sequence = sequence
            self.message = message
        }
    }

    /// Where verification stands: it goes page by page.
    package struct Verifier: Sendable {
        private var sequence: Int64 = 0
        /// Records of which only the hash is left, and no record so far says why.
        private var unexplained: Set<Int64> = []
        /// The head after the records so far; keep it elsewhere to notice a cut.
        package private(set) var head = AuditChain.root

        /// Nothing verified yet.
        package init() {}

        /// Takes the next record.
        ///
        /// - Throws: `Break` that names the first record that does not fit.
        package mutating func take(_ record: AuditRecord) throws {
            sequence += 1
            guard record.sequence == sequence else {
                throw Break(sequence: sequence, message: "is missing; the next one there is \(record.sequence)")
            }
            if record.version == AuditChain.pruned {
                unexplained.insert(sequence)
            } else {
                guard (1...AuditChain.version).contains(record.version) else {
                    throw Break(sequence: sequence, message: "has the unknown form \(record.version)")
                }
                guard AuditChain.hash(record, after: head) == record.hash else {
                    throw Break(
                        sequence: sequence,
                        message: "does not match its hash: it, or one before it, was changed"
                    )
                }
                explain(record)
            }
            head = record.hash
        }

        /// Ends: what retention removed must be on record.
        ///
        /// - Throws: `Break`.
        package func finish() throws {
            guard let first = unexplained.min() else { return }
            throw Break(sequence: first, message: "was taken out, and no later record says that retention did")
        }

        private mutating func explain(_ record: AuditRecord) {
            guard record.action == PrunedRange.action, !unexplained.isEmpty,
                let detail = try? JSONValue(parsing: record.detail)
            else { return }
            for range in PrunedRange.all(in: detail) {
                unexplained = unexplained.filter { !range.contains($0) }
            }
        }
    }

    static func hash(_ record: AuditRecord, after previous: [UInt8]) -> [UInt8] {
        var form = previous
        form.reserveCapacity(512)
        add(String(record.version), to: &form)
        add(record.tenant.rawValue, to: &form)
        add(String(record.sequence), to: &form)
        add(String(record.timestamp), to: &form)
        add(record.actor, to: &form)
        add(record.action, to: &form)
        add(record.job?.rawValue ?? "", to: &form)
        add(record.detail, to: &form)
        if record.version > 1 {
            add(record.auditClass, to: &form)
            add(record.key ?? "", to: &form)
            (record.sealed ?? []).withUnsafeBytes { add($0, to: &form) }
        }
        return SHA256.digest(of: form).bytes
    }

    private static func add(_ field: String, to form: inout [UInt8]) {
        var field = field
        field.withUTF8 { add(UnsafeRawBufferPointer($0), to: &form) }
    }

    private static func add(_ field: UnsafeRawBufferPointer, to form: inout [UInt8]) {
        withUnsafeBytes(of: UInt64(field.count).bigEndian) { form.append(contentsOf: $0) }
        form.append(contentsOf: field)
    }
}

/// What a record of retention says it removed.
enum PrunedRange {
    static let action = "audit.pruned"

    /// `{"ranges": [[1, 40], [42, 42]]}`
    static func all(in detail: JSONValue) -> [ClosedRange<Int64>] {
        (detail["ranges"]?.array ?? []).compactMap { pair in
            guard let first = pair[0]?.int64, let last = pair[1]?.int64, first <= last else { return nil }
            return first...last
        }
    }

    static func json(of sequences: [Int64]) -> JSONValue {
        var ranges: [(first: Int64, last: Int64)] = []
        for sequence in sequences.sorted() {
            if let last = ranges.last?.last, last + 1 == sequence {
                ranges[ranges.count - 1].last = sequence
            } else {
                ranges.append((sequence, sequence))
            }
        }
        return .array(ranges.map { [.integer($0.first), .integer($0.last)] })
    }
}
