import Synchronization

/// Where the parts of a document stand in its text.
///
/// Nobody asks of a document without mistakes, and most have none: JSON is read a second time by the first who does.
final class SourcePlaces: Sendable {
    private enum State {
        case unread([UInt8], JSONParsingOptions)
        case known(JSONParser.Places)
    }

    private let state: Mutex<State>

    init(values: [JSONPointer: SourcePosition], keys: [JSONPointer: SourcePosition]) {
        state = Mutex(.known(JSONParser.Places(values: values, keys: keys)))
    }

    /// The places in JSON that can be read.
    init(of bytes: [UInt8], _ options: JSONParsingOptions) { state = Mutex(.unread(bytes, options)) }

    /// Where each value begins.
    var values: [JSONPointer: SourcePosition] { known.values }
    /// Where the name of each member begins.
    var keys: [JSONPointer: SourcePosition] { known.keys }

    private var known: JSONParser.Places {
        state.withLock { state in
            switch state {
            case .known(let places): return places
            case .unread(let bytes, let options):
                let places = JSONParser.places(in: bytes, options: options)
                state = .known(places)
                return places
            }
        }
    }
}
