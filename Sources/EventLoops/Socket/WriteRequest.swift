import CLibUV

/// Bytes on their way to a socket that would not take them at once.
final class WriteRequest {
    let pointer = UnsafeMutablePointer<uv_write_t>.allocate(capacity: 1)
    let bytes: UnsafeMutableBufferPointer<CChar>
    let connection: TCPConnection
    let completion: (EventLoopError?) -> Void

    init(_ bytes: ArraySlice<UInt8>, on connection: TCPConnection, completion: @escaping (EventLoopError?) -> Void) {
        self.bytes = .allocate(capacity: bytes.count)
        _ = self.bytes.initialize(fromContentsOf: bytes.lazy.map { CChar(bitPattern: $0) })
        self.connection = connection
        self.completion = completion
    }

    deinit {
        bytes.deallocate()
        pointer.deallocate()
    }
}
