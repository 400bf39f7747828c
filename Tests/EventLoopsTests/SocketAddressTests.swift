import EventLoops
import Testing

@Suite struct SocketAddressTests {
    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1"), ("2001:db8::1", "2001:db8:0:0::/64"), ("2001:db8:0:0:1:2:3:4", "2001:db8:0:0::/64"),
        ("2001:0DB8::a:b:c:d", "2001:db8:0:0::/64"), ("2001:db8:1:2::", "2001:db8:1:2::/64"), ("::1", "0:0:0:0::/64"),
        ("fe80::1%eth0", "fe80::1%eth0"), ("", ""),
    ])
    func `a household is an IPv4 address or a 64 of IPv6`(host: String, household: String) {
        #expect(SocketAddress.household(of: host) == household)
    }
}
