import Cryptography
import Testing

@Suite struct PercentCodingTests {
    @Test func `all but unreserved characters are encoded, byte by byte`() {
        let unreserved = "ABCXYZabcxyz0189-._~"
        #expect(PercentCoding.encode(unreserved) == unreserved)
        #expect(PercentCoding.encode("a b/ü%&=+'\u{1}😀") == "a%20b%2F%C3%BC%25%26%3D%2B%27%01%F0%9F%98%80")
        #expect(PercentCoding.encode("").isEmpty)
        #expect(PercentCoding.encode(bytes: [0xFF, 0x20, 0x2B]) == "%FF%20%2B")
        #expect(PercentCoding.encode(bytes: [0xFF, 0x20, 0x2B], spaceIsPlus: true) == "%FF+%2B")
    }

    @Test func `it goes both ways and refuses what is broken`() {
        #expect(PercentCoding.decode("a%20b%C3%A4") == "a bä")
        #expect(PercentCoding.decode("%c3%A4+") == "ä+")
        for broken in ["%", "%4", "%zz", "%00", "%ff"] { #expect(PercentCoding.decode(broken) == nil) }
    }

    @Test func `a form is read pair by pair`() {
        let form = PercentCoding.decodeForm("a=1+2&b=%26&c&=d")
        #expect(form?.map(\.name) == ["a", "b", "c", ""])
        #expect(form?.map(\.value) == ["1 2", "&", "", "d"])
        #expect(PercentCoding.decodeForm("a=%zz") == nil)
    }
}
