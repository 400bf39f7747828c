/// Memory that libuv reads into, shared by all connections of a loop: they read one after the other.
final class ReadBuffer {
    static let size = 65536
    let pointer = UnsafeMutablePointer<CChar>.allocate(capacity: ReadBuffer.size)

    deinit { pointer.deallocate() }
}
