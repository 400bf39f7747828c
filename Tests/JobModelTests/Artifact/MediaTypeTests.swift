import Testing

@testable import JobModel

@Suite struct MediaTypeTests {
    @Test(arguments: [
        ("Rechnung.pdf", "application/pdf"), ("BILD.JPG", "image/jpeg"), ("a.tar.zip", "application/zip"),
        ("a.xyz", "application/octet-stream"), ("pdf", "application/octet-stream"), ("", "application/octet-stream"),
    ])
    func `a file has the type of its ending`(name: String, type: String) {
        #expect(MediaType.of(fileName: name) == type)
    }

    @Test(arguments: [
        ("list", "/tmp/a.csv", "text/csv"), ("list.txt", "/tmp/a.csv", "text/plain"),
        ("list", "/tmp.d/a", "application/octet-stream"),
    ])
    func `a name without an ending has the type of the file it stands for`(name: String, path: String, type: String) {
        #expect(MediaType.of(fileName: name, at: path) == type)
    }

    @Test(arguments: [
        "text/csv", "application/vnd.ms-excel", "image/svg+xml", "text/plain; charset=utf-8",
        "text/plain;charset=\"a; b\"",
        "text/plain ; a=b;; c=\"\\\"\" ;", "a/\(String(repeating: "b", count: 198))",
    ])
    func `a media type is usable as it is`(type: String) {
        #expect(MediaType.problem(with: type) == nil)
        #expect(MediaType.usable(type) == type)
    }

    @Test(arguments: [
        "", "text", "text/", "/csv", "text/csv\r\nX: y", "text/csv\n", "text/\0", "text/csv; a", "text/csv; a=",
        "text/csv a=b",
        "text/csv; a=\"b", "text/csv; a=\"b\\\"", "text/größe", "text/a/b", "te xt/csv",
        "a/\(String(repeating: "b", count: 199))",
    ])
    func `what is no media type is known, and has a substitute`(type: String) {
        #expect(MediaType.problem(with: type) != nil)
        #expect(MediaType.usable(type) == "application/octet-stream")
    }
}
