import Executors
import FoundationEssentials
package import JobModel

#if canImport(Glibc)
    import Glibc
#endif

/// Secrets in a file of `name=value` lines that only its owner may read (mode 0600).
///
/// Blank lines and lines that begin with `#` are ignored, and so are blanks around a name; a value is taken as it is, quotes
/// included. `tenant/name=value` is a tenant's own. Read anew each time, so that a changed password needs no restart.
package struct SecretFile: SecretSource {
    private static let sizeLimit = 1 << 20

    private let path: String

    /// - Parameter path: of the file; when it does not exist there are no secrets.
    package init(path: String) { self.path = path }

    /// The value of the last line of that name.
    package func secret(_ name: String, tenant: TenantID) throws -> String? {
        // It would name another tenant's.
        guard !name.contains("/") else { return nil }
        let lines = try read()
        return lines["\(tenant)/\(name)"] ?? lines[name]
    }

    /// Reads the file as for a secret, so that what is wrong with it is said before a job needs one.
    ///
    /// - Returns: whether it is there.
    /// - Throws: `StepFailure`.
    package func check() throws -> Bool {
        _ = try read()
        return access(path, F_OK) == 0
    }

    private func read() throws -> [String: String] {
        var status = stat()
        guard stat(path, &status) == 0 else {
            if errno == ENOENT { return [:] }
            throw failure("cannot be read: \(String(cString: strerror(errno)))")
        }
        guard status.st_mode & 0o077 == 0 else { throw failure("may be read by others; run chmod 600 on it") }
        guard status.st_size <= Self.sizeLimit else { throw failure("is larger than \(Self.sizeLimit) bytes") }
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw failure("is no UTF-8 text or cannot be read")
        }
        var secrets: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) where !line.hasPrefix("#") {
            guard let equals = line.firstIndex(of: "=") else { continue }
            // Blanks within it belong to a tenant's name: without them it would be another's.
            let name = Self.trimmed(line[..<equals])
            let value = String(line[line.index(after: equals)...])
            if !name.isEmpty, !value.isEmpty { secrets[name] = value }
        }
        return secrets
    }

    private static func trimmed(_ text: Substring) -> String {
        func isBlank(_ character: Character) -> Bool { character == " " || character == "\t" }
        let rest = text.drop(while: isBlank)
        return rest.lastIndex { !isBlank($0) }.map { String(rest[...$0]) } ?? ""
    }

    private func failure(_ problem: String) -> StepFailure {
        StepFailure(reason: .invalidInput, message: "The secrets file '\(path)' \(problem).", isRetryable: false)
    }
}
