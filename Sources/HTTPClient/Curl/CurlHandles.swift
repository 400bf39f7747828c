import CLibCurl

/// libcurl's easy handles, kept for the next request: a new one seeds the library's random numbers from the system and has
/// no TLS session to go on with.
///
/// On the transport's loop only.
final class CurlHandles {
    /// More are rarely at work at once than connections to one host.
    private static let limit = 8

    private var spare: [UnsafeMutableRawPointer] = []

    deinit { for easy in spare { curl_easy_cleanup(easy) } }

    /// A handle with nothing set.
    func take() throws(HTTPClientError) -> UnsafeMutableRawPointer {
        guard let easy = spare.popLast() ?? curl_easy_init() else {
            throw HTTPClientError(code: .invalidRequest, message: "libcurl has no memory for another request")
        }
        return easy
    }

    /// Takes one back that is in no multi handle.
    func give(_ easy: UnsafeMutableRawPointer) {
        guard spare.count < Self.limit else { return curl_easy_cleanup(easy) }
        // Nothing it pointed into is there any more.
        curl_easy_reset(easy)
        spare.append(easy)
    }
}
