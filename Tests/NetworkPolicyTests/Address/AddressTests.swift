import Testing

@testable import NetworkPolicy

struct AddressTests {
    @Test(arguments: [
        "127.0.0.1", "127.255.255.254", "0.0.0.0", "::1", "::", "::ffff:127.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1",
        "2002:7f00:1::", "::ffff:0:127.0.0.1", "64:ff9b:1::7f00:1", "fe80::5efe:127.0.0.1", "2001:470::200:5efe:7f00:1",
    ])
    func `every address of this machine is known as one, whatever carries it`(text: String) throws {
        #expect(AddressClass(of: try #require(IPAddress(text))) == .loopback)
    }

    @Test(arguments: [
        "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "fc00::1", "fdff::1",
        "::ffff:10.0.0.1",
        "2002:a00:1::1", "64:ff9b::c0a8:101",
    ])
    func `addresses of the house are private`(text: String) throws {
        #expect(AddressClass(of: try #require(IPAddress(text))) == .private)
    }

    @Test(arguments: [
        "169.254.169.254", "169.254.170.2", "169.254.0.1", "168.63.129.16", "100.100.100.200", "192.0.0.192",
        "fd00:ec2::254", "fe80::1", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::",
    ])
    func `where clouds keep their metadata is a class of its own`(text: String) throws {
        #expect(AddressClass(of: try #require(IPAddress(text))) == .metadata)
    }

    @Test(arguments: [
        "0.1.2.3", "192.0.0.1", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.19.255.255", "198.51.100.1",
        "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "ff02::1", "2001:db8::1",
        "2001::1", "100::1", "fec0::1", "4000::1", "2002:e000:1::",
    ])
    func `reserved addresses are nobody's`(text: String) throws {
        #expect(AddressClass(of: try #require(IPAddress(text))) == .reserved)
    }

    @Test(arguments: [
        "1.1.1.1", "8.8.8.8", "172.15.255.255", "172.32.0.1", "192.167.255.255", "100.63.255.255", "100.128.0.1",
        "126.255.255.255", "128.0.0.1", "223.255.255.255", "2606:4700::1", "::ffff:8.8.8.8", "2002:808:808::1",
    ])
    func `what lies beside those ranges is public`(text: String) throws {
        #expect(AddressClass(of: try #require(IPAddress(text))) == .public)
    }

    @Test(arguments: [
        "2130706433", "0x7f000001", "0x7F.1", "017700000001", "0177.0.0.1", "127.1", "127.0.1", "127.0.0.1.",
        "0x7f.0x0.0x0.0x1",
        "0x7f.0.0.1",
    ])
    func `a host is read as browsers read it`(text: String) {
        #expect(HostName(text)?.kind == .address(IPAddress(bytes: [127, 0, 0, 1])))
    }

    @Test(arguments: [
        "", ".", "a..b", "256.1.1.1", "1.2.3.4.5", "09.1", "1.2.3.999", "a b", "a%2e", "ex_ample/",
        "[::1", "[1.2.3.4]",
        "fe80::1%eth0", "①②⑦.0.0.1", "4294967296", "-1", "1.-1", String(repeating: "a", count: 64),
    ])
    func `what is no host is none`(text: String) {
        if text == "-1" || text == "1.-1" {
            // Names to the URL standard too; nobody has them.
            #expect(HostName(text)?.isLocalName != true)
        } else {
            #expect(HostName(text) == nil)
        }
    }

    @Test func `names are compared in one form`() {
        #expect(HostName("Portal.Example.")?.description == "portal.example")
        #expect(HostName("LOCALHOST.")?.isLocalName == true)
        #expect(HostName("a.b.localhost")?.isLocalName == true)
        #expect(HostName("localhost.example")?.isLocalName == false)
        #expect(HostName("[::1]")?.bracketed == "[::1]")
    }
}
