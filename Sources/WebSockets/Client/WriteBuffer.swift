import CLibWebSockets

/// The memory a message is written from: libwebsockets wants room in front of it and masks it in place.
///
/// One a client; grows to the longest message and is let go again when that was long.
final class WriteBuffer {
    private static let keptCapacity = 1 << 20

    private var memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)

    deinit { memory.deallocate() }

    /// Hands one text message to the library, which keeps what the socket does not take now.
    ///
    /// - Returns: false when the connection is beyond use.
    func write(_ message: [UInt8], to wsi: OpaquePointer) -> Bool {
        resize(to: cpa_lws_pre + message.count)
        let payload = UnsafeMutableRawBufferPointer(rebasing: memory[cpa_lws_pre..<(cpa_lws_pre + message.count)])
        payload.copyBytes(from: message)
        let start = payload.baseAddress?.assumingMemoryBound(to: UInt8.self)
        return lws_write(wsi, start, message.count, LWS_WRITE_TEXT) >= Int32(clamping: message.count)
    }

    private func resize(to count: Int) {
        let isEnough = memory.count >= count
        if isEnough, memory.count <= Self.keptCapacity || count > Self.keptCapacity { return }
        memory.deallocate()
        memory = .allocate(byteCount: max(count, 64 << 10), alignment: 16)
    }
}
