import JSON

/// What a document looked like at one moment, as HTML that loads and runs nothing.
///
/// Fields filled with secrets and passwords show dots; texts are as the page had them: redact before anybody sees them.
package struct PageSnapshot: Sendable {
    package var url: String
    package var title: String
    /// `<style data-sheet="name">` stands for a sheet of `styles`, of this snapshot or of an earlier one of the document.
    package var html: String
    package var styles: [String: String] = [:]
    /// Of the whole document, in CSS pixels.
    package var width = 0
    package var height = 0
    /// How far it was scrolled down.
    package var scrollY = 0
    /// It was too large; its end is missing.
    package var isCut = false

    /// A snapshot of this HTML.
    package init(url: String, title: String, html: String) {
        (self.url, self.title, self.html) = (url, title, html)
    }

    /// Reads what the agent wrote down; nil for what is none.
    init?(_ result: JSONValue, url: String) {
        guard let html = result["html"]?.string else { return nil }
        self.init(url: url, title: result["title"]?.string ?? "", html: html)
        styles = (result["styles"]?.object ?? [:]).reduce(into: [:]) { $0[$1.key] = $1.value.string }
        width = Int(result["width"]?.double ?? 0)
        height = Int(result["height"]?.double ?? 0)
        scrollY = Int(result["y"]?.double ?? 0)
        isCut = result["cut"]?.bool ?? false
    }

    /// Bytes it takes.
    package var size: Int { styles.values.reduce(html.utf8.count) { $0 + $1.utf8.count } }
}
