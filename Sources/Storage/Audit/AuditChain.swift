import Cryptography
import JSON
import JobModel

/// The hash chain over a tenant's audit records: `hash = SHA-256(previous hash ‖ canonical form)`.
///
/// Canonical form, version 1: the fields in the order below, each as its length in bytes (8 bytes, big-endian) and its
/// UTF-8, integers in decimal, an absent job as the empty string. The detail is hashed as the text that is stored, never as
/// JSON written again. A chain shows a change, a removal in the middle and an exchange; what was cut off at its end shows
/// only against a head kept elsewhere.
package enum AuditChain {
    /// The version new records get.
    static let version = 1
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
    }

    /// Where verification stands: it goes page by page.
    package struct Verifier: Sendable {
        private var sequence: Int64 = 0
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
            guard record.version == AuditChain.version else {
                throw Break(sequence: sequence, message: "has the unknown form \(record.version)")
            }
            guard AuditChain.hash(record, after: head) == record.hash else {
                throw Break(sequence: sequence, message: "does not match its hash: it, or one before it, was changed")
            }
            head = record.hash
        }
    }

    static func hash(_ record: AuditRecord, after previous: [UInt8]) -> [UInt8] {
        var hash = SHA256()
        hash.update(previous)
        let fields = [
            String(record.version), record.tenant.rawValue, String(record.sequence), String(record.timestamp),
            record.actor, record.action, record.job?.rawValue ?? "", record.detail,
        ]
        for field in fields {
            let text = Array(field.utf8)
            hash.update(withUnsafeBytes(of: UInt64(text.count).bigEndian, Array.init))
            hash.update(text)
        }
        return hash.finalize().bytes
    }
}
