import Cryptography
package import JSON
import JobModel
package import Storage

extension AuditRecord {
    /// The record as the chain is over it: whoever has this can verify the chain elsewhere.
    package var raw: JSONObject {
        var json: JSONObject = [
            "version": JSONValue(version), "tenant": .string(tenant.rawValue), "seq": .integer(sequence),
            "ts_ms": .integer(timestamp), "actor": .string(actor), "action": .string(action),
            "job": .string(job?.rawValue ?? ""), "detail": .string(detail), "class": .string(auditClass),
            "key": .string(key ?? ""), "hash": .string(Hex.encode(hash)),
        ]
        json["sealed"] = sealed.map { .string(Base64.encode($0)) }
        json["personal"] = personal.map { .object($0) }
        return json
    }
}
