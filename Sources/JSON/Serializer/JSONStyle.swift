/// How JSON is written.
package enum JSONStyle: Sendable {
    /// No spaces, members in their order.
    case compact
    /// No spaces, members sorted by UTF-16 code units as in RFC 8785: equal values give equal bytes, for hashing.
    case canonical
    /// Two spaces a level, for people.
    case pretty
}
