//! A little of GitHub's Markdown, as HTML: paragraphs, headings, lists, quotes, code, links, bold,
//! italic, entities. Everything else stays the text that it is; HTML never becomes HTML, and its comments are not shown, as on
//! GitHub.

/// Quotes in quotes, bold in links: no deeper than this.
const DEEPEST: usize = 4;

/// Text, safe in HTML.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

/// A text as HTML.
pub(super) fn html(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    blocks(&lines, 0)
}

fn blocks(lines: &[&str], depth: usize) -> String {
    let (mut html, mut rest) = (String::new(), lines);
    while !rest.is_empty() {
        let (block, taken) = block(rest, depth);
        html.push_str(&block);
        rest = rest.get(taken..).unwrap_or_default();
    }
    html
}

/// The first block of these lines, and how many of them it takes.
fn block(lines: &[&str], depth: usize) -> (String, usize) {
    let Some((line, others)) = lines.split_first() else {
        return (String::new(), 0);
    };
    let line = line.trim();
    if line.is_empty() || is_comment(line) {
        return (String::new(), 1);
    }
    if let Some(fence) = fence(line) {
        let inside = others.iter().take_while(|one| one.trim() != fence);
        let inside: Vec<&str> = inside.copied().collect();
        let code = escape(&inside.join("\n"));
        return (format!("<pre><code>{code}</code></pre>"), inside.len() + 2);
    }
    if is_rule(line) {
        return ("<hr>".to_owned(), 1);
    }
    if let Some(title) = heading(line) {
        return (format!("<h3>{}</h3>", inline(title, depth)), 1);
    }
    if depth < DEEPEST && line.starts_with('>') {
        let quoted = run(lines, |one| one.trim_start().strip_prefix('>'));
        let inside = blocks(&quoted, depth + 1);
        return (format!("<blockquote>{inside}</blockquote>"), quoted.len());
    }
    if item(line).is_some() {
        let items = run(lines, |one| item(one.trim_start()));
        let inside = items
            .iter()
            .map(|one| format!("<li>{}</li>", inline(one, depth)));
        let inside: String = inside.collect();
        return (format!("<ul>{inside}</ul>"), items.len());
    }
    // The first line belongs here whatever it is: a quote that lies too deep, for one.
    let length = 1 + others.iter().take_while(|one| is_plain(one.trim())).count();
    let inside = lines
        .iter()
        .take(length)
        .map(|one| inline(one.trim(), depth));
    let inside: Vec<String> = inside.collect();
    (format!("<p>{}</p>", inside.join("<br>")), length)
}

/// What the lines at the beginning have in common, without their marks.
fn run<'a>(lines: &[&'a str], of: impl Fn(&'a str) -> Option<&'a str>) -> Vec<&'a str> {
    lines.iter().map_while(|line| of(line)).collect()
}

/// Whether a line goes on with a paragraph.
fn is_plain(line: &str) -> bool {
    !line.is_empty()
        && fence(line).is_none()
        && heading(line).is_none()
        && item(line).is_none()
        && !line.starts_with('>')
        && !is_rule(line)
        && !is_comment(line)
}

fn is_rule(line: &str) -> bool {
    matches!(line, "---" | "***" | "___")
}

fn is_comment(line: &str) -> bool {
    line.starts_with("<!--") && line.ends_with("-->")
}

/// The mark that ends the block of code which begins here.
fn fence(line: &str) -> Option<String> {
    let count = line.chars().take_while(|one| *one == '`').count();
    let language = line.trim_start_matches('`');
    (count >= 3 && !language.contains('`')).then(|| "`".repeat(count))
}

fn heading(line: &str) -> Option<&str> {
    let title = line.trim_start_matches('#');
    let level = line.len() - title.len();
    ((1..=6).contains(&level) && title.starts_with(' ')).then(|| title.trim())
}

fn item(line: &str) -> Option<&str> {
    line.strip_prefix("* ").or_else(|| line.strip_prefix("- "))
}

fn inline(text: &str, depth: usize) -> String {
    let mut html = String::new();
    let mut rest = text;
    let mut before = ' ';
    while let Some(first) = rest.chars().next() {
        let marked = (depth < DEEPEST)
            .then(|| marked(rest, before, depth))
            .flatten();
        let taken = if let Some((marked, taken)) = marked {
            html.push_str(&marked);
            taken
        } else if let Some((shown, taken)) = entity(rest) {
            html.push_str(&escape(&shown.to_string()));
            taken
        } else {
            let escaped = rest.strip_prefix('\\').and_then(|rest| rest.chars().next());
            let shown = escaped.filter(char::is_ascii_punctuation);
            html.push_str(&escape(&shown.unwrap_or(first).to_string()));
            first.len_utf8() + shown.map_or(0, char::len_utf8)
        };
        let (done, left) = rest.split_at(taken);
        before = done.chars().next_back().unwrap_or(' ');
        rest = left;
    }
    html
}

/// The mark that begins here as HTML, and how long it is.
fn marked(text: &str, before: char, depth: usize) -> Option<(String, usize)> {
    for (mark, tag) in [("`", "code"), ("**", "strong"), ("*", "em"), ("_", "em")] {
        let Some(rest) = text.strip_prefix(mark) else {
            continue;
        };
        let (inside, _) = rest.split_once(mark)?;
        let tight = !inside.is_empty() && inside.trim() == inside;
        // snake_case is no emphasis.
        if mark != "`" && (!tight || (mark == "_" && before.is_alphanumeric())) {
            return None;
        }
        let shown = match tag {
            "code" => escape(inside),
            _ => inline(inside, depth + 1),
        };
        let length = 2 * mark.len() + inside.len();
        return Some((format!("<{tag}>{shown}</{tag}>"), length));
    }
    if let Some(rest) = text.strip_prefix('[') {
        let (name, rest) = rest.split_once("](")?;
        let (url, _) = rest.split_once(')')?;
        let length = name.len() + url.len() + 4;
        return is_link(url).then(|| (anchor(url, &inline(name, depth + 1)), length));
    }
    if text.starts_with("http") && !before.is_alphanumeric() {
        let ends = |one: char| one.is_whitespace() || matches!(one, '<' | '>' | '"' | ')');
        let url = text.split(ends).next()?;
        let url = url.trim_end_matches(['.', ',', ':', ';']);
        return is_link(url).then(|| (anchor(url, &escape(url)), url.len()));
    }
    None
}

/// The sign that an entity stands for, and how long the entity is. It is shown and means nothing else.
fn entity(text: &str) -> Option<(char, usize)> {
    let (name, _) = text.strip_prefix('&')?.split_once(';')?;
    let shown = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        _ => char::from_u32(name.strip_prefix('#')?.parse().ok()?)?,
    };
    Some((shown, name.len() + 2))
}

fn is_link(url: &str) -> bool {
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && !url.contains(char::is_whitespace))
}

fn anchor(url: &str, shown: &str) -> String {
    let url = escape(url);
    format!("<a href=\"{url}\" target=\"_blank\" rel=\"noopener noreferrer\">{shown}</a>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_is_shown_as_on_github() {
        let written = "It *hangs*.\nSince **today**, see [the log](https://a.example/x?a=1&b=2).\n\n\
            ### The conversation so far\n\n**Eva** (team), 2026-11-18 09:20 UTC:\n\n> I see `<b>`\n> too\n\n\
            ```rust\nlet a = \"<script>\";\n```\n* one\n* two snake_case_name\n\n---\n\\*as it is\\* https://b.example/y.\n\
            &lt;b> &#96;a&#96; & b; &nothing; &#x; `&lt;`\n\
            <!-- sameday:draft:1 -->";
        let shown = html(written);
        let wanted = "<p>It <em>hangs</em>.<br>Since <strong>today</strong>, see \
            <a href=\"https://a.example/x?a=1&amp;b=2\" target=\"_blank\" rel=\"noopener noreferrer\">the log</a>.</p>\
            <h3>The conversation so far</h3><p><strong>Eva</strong> (team), 2026-11-18 09:20 UTC:</p>\
            <blockquote><p>I see <code>&lt;b&gt;</code><br>too</p></blockquote>\
            <pre><code>let a = &quot;&lt;script&gt;&quot;;</code></pre>\
            <ul><li>one</li><li>two snake_case_name</li></ul><hr>\
            <p>*as it is* <a href=\"https://b.example/y\" target=\"_blank\" rel=\"noopener noreferrer\">https://b.example/y</a>.<br>\
            &lt;b&gt; `a` &amp; b; &amp;nothing; &amp;#x; <code>&amp;lt;</code></p>";
        assert_eq!(shown, wanted);
    }

    #[test]
    fn nothing_that_is_written_becomes_html() {
        for text in [
            "<script>alert(1)</script>",
            "[x](javascript:alert(1))",
            "[x](https://a.example/\"onmouseover=\"alert(1))",
            "https://a.example/\"><img src=x onerror=alert(1)>",
            "```<b>\n<i>",
            "> > > > > > > <b>",
            "**_**_**<b>**",
            "# <b>",
            "- <b>",
            "`<b>`",
            "[<b>](http://a.example)",
            "'\"&<>",
            "&lt;b&gt; &#60;i&#62; &amp;lt;u&amp;gt;",
        ] {
            let shown = html(text);
            let mut rest = shown.as_str();
            while let Some((_, after)) = rest.split_once('<') {
                let (tag, after) = after.split_once('>').unwrap();
                let name = tag.trim_start_matches('/').split(' ').next().unwrap();
                let ours = [
                    "p",
                    "br",
                    "h3",
                    "hr",
                    "ul",
                    "li",
                    "pre",
                    "code",
                    "blockquote",
                    "strong",
                    "em",
                    "a",
                ];
                assert!(ours.contains(&name), "{text}: {shown}");
                assert_eq!(
                    tag.matches('"').count(),
                    if name == "a" && tag != "/a" { 6 } else { 0 },
                    "{shown}"
                );
                rest = after;
            }
            assert!(!shown.contains("href=\"javascript"), "{shown}");
        }
    }
}
