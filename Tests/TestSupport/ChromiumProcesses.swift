import FoundationEssentials
import Glibc

/// Ids of the processes of a browser whose command line holds a word, as `--type=renderer`.
///
/// - Parameter group: the browser's own id.
package func chromiumProcesses(of group: Int32, with word: String) throws -> [Int32] {
    try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap(Int32.init).filter { id in
        guard getpgid(id) == group, let command = FileManager.default.contents(atPath: "/proc/\(id)/cmdline") else {
            return false
        }
        return String(decoding: command, as: UTF8.self).contains(word)
    }
}
