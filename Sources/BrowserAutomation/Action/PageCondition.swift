import JSON

/// Conditions of `wait_for` and `expect`; all that are given must hold at one moment.
package struct PageCondition: Sendable, Hashable {
    package var selector: Selector?
    /// `visible`, `hidden`, `attached`, `detached`, `enabled`, `disabled`, `editable`, `checked`, `unchecked`, `focused`,
    /// `empty`, `stable`.
    package var state: String?
    package var text: TextMatch?
    package var value: TextMatch?
    /// Compared instead of the text.
    package var attribute: String?
    package var count: Int?
    package var url: TextMatch?
    package var title: TextMatch?
    package var loadState: WaitUntil?
    /// Whether they must not hold (`expect` only).
    package var isNegated = false

    package init() {}

    var json: JSONObject {
        var object: JSONObject = ["not": .bool(isNegated)]
        object["selector"] = selector?.json
        object["state"] = state.map(JSONValue.string)
        object["text"] = text?.json
        object["value"] = value?.json
        object["attribute"] = attribute.map(JSONValue.string)
        object["count"] = count.map { JSONValue($0) }
        object["url"] = url?.json
        object["title"] = title?.json
        return object
    }
}
