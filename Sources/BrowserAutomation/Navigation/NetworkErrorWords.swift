/// Chromium's network errors (net/base/net_error_list.h) in words a reader of a job report understands.
enum NetworkErrorWords {
    private static let words: [String: String] = [
        "ERR_NAME_NOT_RESOLVED": "the host name does not exist (DNS); check the spelling",
        "ERR_CONNECTION_REFUSED": "nothing listens at that host and port; is the server running?",
        "ERR_CONNECTION_TIMED_OUT": "the server did not answer; is it reachable from here?",
        "ERR_TIMED_OUT": "the server did not answer in time",
        "ERR_CONNECTION_RESET": "the server broke the connection",
        "ERR_CONNECTION_CLOSED": "the server closed the connection without an answer",
        "ERR_EMPTY_RESPONSE": "the server closed the connection without an answer",
        "ERR_ADDRESS_UNREACHABLE": "there is no route to the server",
        "ERR_ADDRESS_INVALID": "the address cannot be connected to",
        "ERR_INTERNET_DISCONNECTED": "this machine has no network",
        "ERR_TOO_MANY_REDIRECTS": "the server redirects in a circle; cookies may be missing",
        "ERR_UNSAFE_REDIRECT": "the server redirects to an address that may not be opened",
        "ERR_UNSAFE_PORT": "Chromium does not open that port",
        "ERR_INVALID_URL": "the address is not valid",
        "ERR_UNKNOWN_URL_SCHEME": "Chromium does not know that scheme",
        "ERR_INVALID_RESPONSE": "the server's answer is not HTTP",
        "ERR_INVALID_HTTP_RESPONSE": "the server's answer is not HTTP",
        "ERR_SSL_PROTOCOL_ERROR": "the server does not speak TLS there; is it http://?",
        "ERR_CERT_AUTHORITY_INVALID":
            "the server's certificate is not from a trusted authority; browser.ignore_certificate_errors opens it all the same",
        "ERR_CERT_COMMON_NAME_INVALID":
            "the server's certificate is for another host; browser.ignore_certificate_errors opens it all the same",
        "ERR_CERT_DATE_INVALID":
            "the server's certificate has expired or is not valid yet; browser.ignore_certificate_errors opens it all the same",
        "ERR_CERT_REVOKED": "the server's certificate has been revoked",
        "ERR_CERT_INVALID": "the server's certificate is broken",
        "ERR_CERT_WEAK_SIGNATURE_ALGORITHM": "the server's certificate is signed by a method that is not safe any more",
        "ERR_CERT_WEAK_KEY": "the key of the server's certificate is too short",
        "ERR_SSL_VERSION_OR_CIPHER_MISMATCH": "the server speaks only a TLS that is not safe any more",
        "ERR_BAD_SSL_CLIENT_AUTH_CERT": "the server wants a certificate from the browser",
        "ERR_INVALID_AUTH_CREDENTIALS": "the server did not take the name and password of browser.http_credentials",
        "ERR_UNEXPECTED_PROXY_AUTH": "the server asks for a proxy's name and password, but is no proxy",
        "ERR_PROXY_AUTH_UNSUPPORTED": "the proxy wants a way to log in that Chromium does not know",
        "ERR_NO_SUPPORTED_PROXIES": "browser.proxy names no proxy Chromium can use",
        "ERR_PROXY_CONNECTION_FAILED": "the proxy cannot be reached",
        "ERR_TUNNEL_CONNECTION_FAILED": "the proxy refused the connection",
        "ERR_BLOCKED_BY_CLIENT": "the address is blocked by a rule",
        "ERR_FILE_NOT_FOUND": "the file does not exist",
        "ERR_ACCESS_DENIED": "the file may not be read by the browser's user",
        "ERR_ABORTED": "the server gave no document (HTTP 204 or 205), or another navigation took its place",
    ]

    /// One sentence for `errorText` of `Page.navigate`, as `net::ERR_CONNECTION_REFUSED`.
    static func sentence(_ errorText: String, url: String) -> String {
        let name = errorText.hasPrefix("net::") ? String(errorText.dropFirst(5)) : errorText
        guard let words = words[name] else { return "Cannot open \(url): \(errorText)" }
        return "Cannot open \(url): \(words) (\(errorText))"
    }

    /// A sentence of ours with what is known in the place of what Chromium's error looks like; before it where there is none.
    static func sentence(_ sentence: String, because reason: String) -> String {
        if let start = sentence.firstRange(of: "(net::")?.upperBound {
            let name = String(sentence[start...].prefix { $0 != ")" })
            if let words = words[name], let place = sentence.firstRange(of: "\(words) (net::\(name))") {
                return "\(sentence[..<place.lowerBound])\(reason) (net::\(name))\(sentence[place.upperBound...])"
            }
        }
        return "\(reason). \(sentence)"
    }
}
