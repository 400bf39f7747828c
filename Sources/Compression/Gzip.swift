import CZlib

/// Bytes in gzip form (RFC 1952), made at once.
package enum Gzip {
    /// The level that is worth its time for JSON: a tenth larger than the best in a quarter of the time.
    private static let level: Int32 = 4

    /// Compresses; nil when zlib has no memory. About 20 ns a byte, so large inputs belong off an event loop.
    package static func compress(_ bytes: [UInt8]) -> [UInt8]? {
        // zlib keeps the address of the structure, so it must not move.
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        stream.initialize(to: z_stream())
        defer { stream.deallocate() }
        guard cpa_gzip_init(stream, level) == Z_OK else { return nil }
        defer { deflateEnd(stream) }
        let bound = Int(deflateBound(stream, UInt(bytes.count)))
        var status = Z_OK
        let output = [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
            bytes.withUnsafeBufferPointer { input in
                stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                stream.pointee.avail_in = UInt32(input.count)
                stream.pointee.next_out = buffer.baseAddress
                stream.pointee.avail_out = UInt32(bound)
                // The bound is enough for all of it in one step.
                status = deflate(stream, Z_FINISH)
                count = bound - Int(stream.pointee.avail_out)
            }
        }
        return status == Z_STREAM_END ? output : nil
    }

    /// Whether an `Accept-Encoding` names gzip, or anything, without `q=0` (RFC 9110 §12.5.3).
    package static func isTaken(by field: String) -> Bool {
        var answer = false
        for item in field.lowercased().split(separator: ",") {
            let parts = item.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" } }
            guard let coding = parts.first, coding == "gzip" || coding == "*" else { continue }
            let weight = parts.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) } ?? 1
            if coding == "gzip" { return weight > 0 }
            answer = weight > 0
        }
        return answer
    }
}
