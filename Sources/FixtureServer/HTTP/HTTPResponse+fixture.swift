import Cryptography
import HTTPServer

extension HTTPResponse {
    /// A page that may load nothing from elsewhere.
    static func html(_ status: Int, _ page: HTML) -> HTTPResponse {
        HTTPResponse(
            status: status,
            headers: [
                "Content-Type": "text/html; charset=utf-8",
                "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'",
            ],
            body: .bytes(Array(page.markup.utf8))
        )
    }

    /// JSON text.
    static func json(_ status: Int, _ text: String) -> HTTPResponse {
        HTTPResponse(
            status: status,
            headers: ["Content-Type": "application/json; charset=utf-8"],
            body: .bytes(Array(text.utf8))
        )
    }

    /// 303: the browser goes there with GET.
    static func redirect(_ location: String) -> HTTPResponse {
        HTTPResponse(status: 303, headers: ["Location": location])
    }

    /// A file to be saved under a name, in both forms of RFC 6266: an ASCII fallback and the RFC 5987 one.
    static func download(_ bytes: [UInt8], name: String, contentType: String) -> HTTPResponse {
        let fallback = String(name.map { $0.isASCII && $0 != "\"" && $0 != "\\" ? $0 : "_" })
        let disposition = "attachment; filename=\"\(fallback)\"; filename*=UTF-8''\(PercentCoding.encode(name))"
        return HTTPResponse(
            status: 200,
            headers: ["Content-Type": contentType, "Content-Disposition": disposition],
            body: .bytes(bytes)
        )
    }
}
