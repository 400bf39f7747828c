import Cryptography

#if canImport(Glibc)
    import Glibc
#endif

/// The file a key is handed out in.
package enum KeyFile {
    /// Writes a file only its owner can read, replacing what was there in one step.
    ///
    /// - Throws: `SecurityError` with `keyFile`.
    package static func write(_ text: String, to path: String) throws {
        let temporary = path + ".new"
        unlink(temporary)
        let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failure("create", temporary) }
        let isWritten = Glibc.write(file, text, text.utf8.count) == text.utf8.count && fsync(file) == 0
        guard close(file) == 0, isWritten else {
            unlink(temporary)
            throw failure("write", temporary)
        }
        guard rename(temporary, path) == 0 else { throw failure("rename to", path) }
    }

    /// Reads the key from a file, refused when others can read it.
    ///
    /// - Throws: `SecurityError` with `keyFile`.
    package static func read(_ path: String) throws -> String {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw failure("read", path) }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw failure("read", path) }
        guard status.st_mode & 0o077 == 0 else {
            throw SecurityError(code: .keyFile, message: "Others can read the key file '\(path)': chmod 600 it")
        }
        var buffer = [UInt8](repeating: 0, count: 4_096)
        let count = Glibc.read(file, &buffer, buffer.count)
        guard count >= 0 else { throw failure("read", path) }
        let text = String(decoding: buffer[..<count], as: UTF8.self)
        return String(text.prefix { !$0.isWhitespace })
    }

    /// The secret in a file; 32 random bytes are written there the first time.
    ///
    /// - Throws: `SecurityError` with `keyFile`.
    package static func secret(at path: String) throws -> [UInt8] {
        if access(path, F_OK) == 0 { return try storedSecret(at: path) }
        let bytes = RandomBytes.generate(32)
        try write(Base64.encodeURL(bytes) + "\n", to: path)
        return bytes
    }

    /// The secret in a file that is there already; nothing is made.
    ///
    /// - Throws: `SecurityError` with `keyFile`.
    package static func storedSecret(at path: String) throws -> [UInt8] {
        let text = try read(path)
        guard let bytes = try? Base64.decodeURL(text), bytes.count == 32 else {
            throw SecurityError(code: .keyFile, message: "'\(path)' holds no secret of 32 bytes in base64url")
        }
        return bytes
    }

    private static func failure(_ action: String, _ path: String) -> SecurityError {
        SecurityError(
            code: .keyFile,
            message: "Cannot \(action) the key file '\(path)': \(String(cString: strerror(errno)))"
        )
    }
}
