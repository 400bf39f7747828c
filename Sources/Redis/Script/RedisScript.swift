/// A Lua script that runs inside Redis, atomically.
package struct RedisScript: Hashable, Sendable {
    /// Its name, unique in the program.
    package let name: String
    /// The Lua text; Redis keeps it by its SHA-1.
    package let source: String

    /// A script.
    package init(name: String, source: String) {
        self.name = name
        self.source = source
    }
}
