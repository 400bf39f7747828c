import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#endif

/// Takes a file from the browser's user into our hands.
enum FileMove {
    /// Moves by rename, or by copying when the target is on another file system; the file is ours then, mode 0600. Blocks.
    ///
    /// A symbolic link the page's browser may have planted is not followed.
    static func take(_ source: String, to target: String) throws {
        var information = stat()
        guard lstat(source, &information) == 0, information.st_mode & S_IFMT == S_IFREG else {
            throw BrowserError(.downloadFailed, "The download is no regular file")
        }
        if rename(source, target) != 0 {
            guard errno == EXDEV else { throw failure("move the download to '\(target)'") }
            try FileManager.default.copyItem(atPath: source, toPath: target)
            unlink(source)
        }
        guard lchown(target, geteuid(), getegid()) == 0, chmod(target, 0o600) == 0 else {
            throw failure("take over '\(target)'")
        }
    }

    private static func failure(_ what: String) -> BrowserError {
        BrowserError(.downloadFailed, "Cannot \(what): \(String(cString: strerror(errno)))")
    }
}
