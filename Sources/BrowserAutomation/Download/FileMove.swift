import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#endif

/// Takes a file from the browser's user into our hands.
enum FileMove {
    /// Moves by rename, or by copying when the target is on another file system; the file is ours then, mode 0600. Blocks.
    ///
    /// The browser's user may put links in the file's place at any moment: what counts is what arrived where only we write.
    static func take(_ source: String, to target: String) throws {
        if rename(source, target) == 0 {
            guard isPlainFile(target) else {
                unlink(target)
                throw notPlain
            }
        } else if errno == EXDEV {
            try copy(source, to: target)
            unlink(source)
        } else {
            throw failure("move the download to '\(target)'")
        }
        guard lchown(target, geteuid(), getegid()) == 0, chmod(target, 0o600) == 0 else {
            throw failure("take over '\(target)'")
        }
    }

    private static let notPlain = BrowserError(.downloadFailed, "The download is no regular file of its own")

    private static func isPlainFile(_ path: String) -> Bool {
        var information = stat()
        return lstat(path, &information) == 0 && isPlain(information)
    }

    /// A file with a second name may be somebody else's.
    private static func isPlain(_ information: stat) -> Bool {
        information.st_mode & S_IFMT == S_IFREG && information.st_nlink == 1
    }

    private static func copy(_ source: String, to target: String) throws {
        let input = open(source, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard input >= 0 else { throw failure("read the download") }
        defer { close(input) }
        var information = stat()
        guard fstat(input, &information) == 0, isPlain(information) else { throw notPlain }
        unlink(target)
        let output = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard output >= 0 else { throw failure("create '\(target)'") }
        defer { close(output) }
        var left = Int(information.st_size)
        while left > 0 {
            let count = sendfile(output, input, nil, min(left, 1 << 20))
            guard count > 0 else { throw failure("copy the download to '\(target)'") }
            left -= count
        }
    }

    private static func failure(_ what: String) -> BrowserError {
        BrowserError(.downloadFailed, "Cannot \(what): \(String(cString: strerror(errno)))")
    }
}
