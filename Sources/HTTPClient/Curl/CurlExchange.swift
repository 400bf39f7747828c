import CLibCurl

/// Something under way in the multi handle; on the transport's loop only.
///
/// Exactly one of `finish` and `fail` is called, once, after the handle has left the multi handle.
protocol CurlExchange: AnyObject {
    var easy: UnsafeMutableRawPointer { get }
    /// The library says it is done.
    func finish(_ code: CURLcode)
    /// It was ended before.
    func fail(_ error: any Error)
}
