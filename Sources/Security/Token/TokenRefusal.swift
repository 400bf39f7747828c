/// Why a token lets nobody in: for the operator's log, the caller is told no more than that.
enum TokenRefusal: String, Error {
    /// It is no token of the strict form.
    case form = "it is no JSON Web Token of the strict form"
    /// Nothing is wrong with the token, as far as anybody knows.
    case noKeys = "there are no keys to check it with"
    case key = "no key of the set is named by its 'kid'"
    case signature = "its signature or header is not what the key says"
    case issuer = "its 'iss' is not the one that is set"
    case audience = "its 'aud' does not name this service"
    case time = "it is expired, not valid yet, or its times are no whole numbers"
    case subject = "its 'sub' is missing or no name"
    case tenant = "its claim of the tenant is missing or no name"
    case role = "its claim of the role is missing or no role"
    case scope = "its 'scope' is no text"

    /// Whether whoever sent it may be guessing: what the provider has signed was not made up.
    var mayBeGuessed: Bool { self == .form || self == .key || self == .signature }
}
