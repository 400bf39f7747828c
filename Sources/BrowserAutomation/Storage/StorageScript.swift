import CAgentScript

/// Reads and writes what an origin keeps (Resources/storage), run in an empty document of that origin.
enum StorageScript {
    private static let source: String = {
        let bytes = UnsafeRawBufferPointer(start: cpa_storage_script(), count: cpa_storage_script_length())
        return String(decoding: bytes, as: UTF8.self)
    }()

    /// Functions for `Runtime.callFunctionOn`.
    static let read = "() => \(source).read()"
    static let write = "(state) => \(source).write(state)"
}
