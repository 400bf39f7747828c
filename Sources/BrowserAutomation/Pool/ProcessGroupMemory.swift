import EventLoops
import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#endif

/// How much memory the processes of a group own, shared pages left out.
enum ProcessGroupMemory {
    /// In bytes; 0 when there is no such group. Reads /proc off the loop.
    static func bytes(of group: Int32, on loop: EventLoop) async -> Int {
        (try? await loop.runBlocking { sum(group) }) ?? 0
    }

    private static func sum(_ group: Int32) -> Int {
        let pageSize = sysconf(Int32(_SC_PAGESIZE))
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return entries.compactMap(Int32.init).filter { getpgid($0) == group }.reduce(0) { sum, process in
            guard let data = FileManager.default.contents(atPath: "/proc/\(process)/statm") else { return sum }
            // proc(5): size resident shared …, in pages.
            let fields = String(decoding: data, as: UTF8.self).split(separator: " ").prefix(3).compactMap { Int($0) }
            return fields.count == 3 ? sum + max(0, fields[1] - fields[2]) * pageSize : sum
        }
    }
}
