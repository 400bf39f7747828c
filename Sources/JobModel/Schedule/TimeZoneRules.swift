#if canImport(Glibc)
    import Glibc
#endif

/// The offsets of a time zone, from the system's database (Debian package tzdata; TZif, RFC 8536).
package struct TimeZoneRules: Sendable {
    private let starts: [Int64]
    private let offsets: [Int64]
    private let first: Int64
    private let footer: PosixTimeZone?

    /// What lies beside the zones in the system's database: copies with other clocks (`right/` counts leap seconds), and files that
    /// stand for another zone or for none.
    private static let noZones: Set<Substring> = ["right", "posix", "posixrules", "localtime", "Factory"]

    /// The zone of an IANA name, such as `Europe/Berlin` or `UTC`; nil when this machine does not know it.
    package init?(named name: String, directory: String = "/usr/share/zoneinfo") {
        let isName = name.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2B, 0x2D, 0x2F, 0x5F: true
            default: false
            }
        }
        guard isName, let area = name.split(separator: "/").first, !Self.noZones.contains(area), !name.hasPrefix("/"),
            name.utf8.count <= 100,
            let bytes = Self.read("\(directory)/\(name)")
        else { return nil }
        self.init(bytes: bytes)
    }

    /// The zone in a file's bytes; nil when they are no TZif of version 2 or later.
    init?(bytes: [UInt8]) {
        guard let first = Header(bytes[...]), first.version >= 2 else { return nil }
        let rest = bytes.dropFirst(44 + first.length(ofTime: 4))
        guard let header = Header(rest), header.types > 0 else { return nil }
        let body = Array(rest.dropFirst(44))
        guard body.count >= header.length(ofTime: 8) else { return nil }
        let typesAt = header.times * 9
        let types = (0..<header.types).map { Self.number(body[(typesAt + $0 * 6)...].prefix(4)) }
        starts = (0..<header.times).map { Self.number(body[($0 * 8)...].prefix(8)) }
        let indexes = (0..<header.times).map { Int(body[header.times * 8 + $0]) }
        guard indexes.allSatisfy(types.indices.contains) else { return nil }
        offsets = indexes.map { types[$0] }
        self.first = types[0]
        let text = body.dropFirst(header.length(ofTime: 8)).dropFirst().prefix { $0 != UInt8(ascii: "\n") }
        footer = PosixTimeZone(String(decoding: text, as: UTF8.self))
    }

    /// Seconds east of UTC at a time, seconds since 1970.
    package func offset(at time: Int64) -> Int64 {
        guard let last = starts.last else { return footer?.offset(at: time) ?? first }
        if time >= last, let footer { return footer.offset(at: time) }
        // The last start not after the time.
        var (low, high) = (0, starts.count)
        while low < high {
            let middle = (low + high) / 2
            if starts[middle] <= time { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? first : offsets[low - 1]
    }

    /// The times at which clocks show a local time, seconds since 1970 as if they were UTC: none in a jump ahead, two in one back.
    package func times(showing local: Int64) -> [Int64] {
        let candidates = Set([offset(at: local - 86_400), offset(at: local), offset(at: local + 86_400)])
        return candidates.map { local - $0 }.filter { offset(at: $0) == local - $0 }.sorted()
    }

    private struct Header {
        let version: Int
        let counts: [Int]
        var times: Int { counts[3] }
        var types: Int { counts[4] }

        init?(_ bytes: ArraySlice<UInt8>) {
            guard bytes.count >= 44, bytes.prefix(4).elementsEqual("TZif".utf8) else { return nil }
            let bytes = Array(bytes.prefix(44))
            version = bytes[4] == 0 ? 1 : Int(bytes[4]) - 0x30
            // isutcnt, isstdcnt, leapcnt, timecnt, typecnt, charcnt
            counts = (0..<6).map { Int(TimeZoneRules.number(bytes[(20 + $0 * 4)...].prefix(4))) }
            guard counts.allSatisfy({ (0...100_000).contains($0) }) else { return nil }
        }

        func length(ofTime size: Int) -> Int {
            counts[3] * (size + 1) + counts[4] * 6 + counts[5] + counts[2] * (size + 4) + counts[1] + counts[0]
        }
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> Int64 {
        let raw = bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return bytes.count == 4 ? Int64(Int32(truncatingIfNeeded: raw)) : Int64(bitPattern: raw)
    }

    private static func read(_ path: String) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = bytes.withUnsafeMutableBytes { Glibc.read(file, $0.baseAddress, $0.count) }
        return count > 0 ? Array(bytes.prefix(count)) : nil
    }
}
