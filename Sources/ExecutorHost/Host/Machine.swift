#if canImport(Glibc)
    import Glibc
#endif

/// The machine this process runs on.
enum Machine {
    /// As its host name says.
    static var name: String {
        var name = [CChar](repeating: 0, count: 256)
        gethostname(&name, name.count - 1)
        return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
