import EventLoops
import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#endif

/// The one directory a browser may write to: profile, home, scratch, downloads and upload copies, mode 0700 of its user.
///
/// Chromium leaves scratch behind when it is killed; as all of it is in here, removing this removes it.
package struct BrowserDirectory: Sendable, Hashable {
    /// Absolute path, short: Chromium makes sockets below it, and their paths end at 108 bytes.
    package let path: String
    /// Whom it belongs to; nil for ourselves.
    package let owner: Owner?
    /// The directory's descriptor, locked as long as its host lives: a locked directory is in use.
    private let lock: Int32

    package struct Owner: Sendable, Hashable {
        package var user: UInt32
        package var group: UInt32
    }

    var profile: String { path + "/p" }
    var home: String { path + "/h" }
    var scratch: String { path + "/t" }
    package var downloads: String { path + "/d" }
    /// Copies of files a page is to upload.
    package var uploads: String { path + "/u" }

    /// Room on its disk, in bytes; nil when nobody knows.
    var freeBytes: Int? { DiskSpace.free(at: path) }

    static func create(in parent: String, for user: BrowserConfiguration.User) throws(BrowserError) -> BrowserDirectory
    {
        let owner: Owner? =
            switch user {
            case .ids(let user, let group): Owner(user: user, group: group)
            case .automatic: user.id == geteuid() ? nil : Owner(user: user.id, group: user.id)
            }
        removeAbandoned(in: parent)
        var template = Array("\(parent)/cpa-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw failure("create a directory in '\(parent)'") }
        let bytes = template.dropLast().map { UInt8(bitPattern: $0) }
        let path = String(decoding: bytes, as: UTF8.self)
        let lock = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        let directory = BrowserDirectory(path: path, owner: owner, lock: lock)
        do throws(BrowserError) {
            guard lock >= 0, flock(lock, LOCK_EX | LOCK_NB) == 0 else { throw failure("lock '\(path)'") }
            for path in [directory.profile, directory.home, directory.scratch, directory.downloads, directory.uploads] {
                guard mkdir(path, 0o700) == 0 else { throw failure("create '\(path)'") }
                try directory.giveToBrowser(path)
            }
            try directory.giveToBrowser(directory.path)
        } catch {
            directory.remove()
            throw error
        }
        return directory
    }

    /// Makes a file of ours the browser's.
    package func giveToBrowser(_ path: String) throws(BrowserError) {
        guard let owner else { return }
        guard lchown(path, owner.user, owner.group) == 0 else { throw Self.failure("give '\(path)' to the browser") }
    }

    /// Removes it with everything in it; once, blocks.
    func remove() {
        try? FileManager.default.removeItem(atPath: path)
        if lock >= 0 { close(lock) }
    }

    /// Removes directories whose host was killed: nobody holds their lock. Blocks.
    ///
    /// - Parameter olderThan: seconds; a young one may not have got its lock yet.
    static func removeAbandoned(in parent: String, olderThan age: Int = 30) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? []
        for name in names where name.hasPrefix("cpa-") && name.count == 10 {
            let path = "\(parent)/\(name)"
            let directory = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            guard directory >= 0 else { continue }
            defer { close(directory) }
            var information = stat()
            guard fstat(directory, &information) == 0,
                [geteuid(), BrowserConfiguration.unprivilegedID].contains(information.st_uid),
                information.st_ctim.tv_sec <= time(nil) - age, flock(directory, LOCK_EX | LOCK_NB) == 0
            else { continue }
            try? FileManager.default.removeItem(atPath: path)
        }
    }

    private static func failure(_ what: String) -> BrowserError {
        BrowserError(.browserCrashed, "Cannot \(what): \(String(cString: strerror(errno)))")
    }
}
