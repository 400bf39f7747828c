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
}
