//! The files of the page, compiled in.

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const IMAGE: &str = "image/svg+xml";

macro_rules! files {
    ($($name:literal: $kind:expr),* $(,)?) => {
        &[$(($name, $kind, include_str!(concat!("assets/", $name)))),*]
    };
}

/// Name, content type, text.
const FILES: &[(&str, &str, &str)] = files![
    "index.html": HTML,
    "icon.svg": IMAGE,
    "base.css": CSS,
    "layout.css": CSS,
    "messages.css": CSS,
    "controls.css": CSS,
    "app.js": SCRIPT,
    "clock.js": SCRIPT,
    "commands.js": SCRIPT,
    "components.js": SCRIPT,
    "composer.js": SCRIPT,
    "dom.js": SCRIPT,
    "embeds.js": SCRIPT,
    "float.js": SCRIPT,
    "forum.js": SCRIPT,
    "markdown.js": SCRIPT,
    "members.js": SCRIPT,
    "menu.js": SCRIPT,
    "message.js": SCRIPT,
    "messages.js": SCRIPT,
    "modal.js": SCRIPT,
    "nav.js": SCRIPT,
    "notices.js": SCRIPT,
    "people.js": SCRIPT,
    "picker.js": SCRIPT,
    "place.js": SCRIPT,
    "rail.js": SCRIPT,
    "side.js": SCRIPT,
    "socket.js": SCRIPT,
    "store.js": SCRIPT,
    "strip.js": SCRIPT,
    "times.js": SCRIPT,
];

/// The content type and text of a file.
pub(super) fn find(name: &str) -> Option<(&'static str, &'static str)> {
    let mut files = FILES.iter();
    files
        .find(|(known, ..)| *known == name)
        .map(|(_, kind, text)| (*kind, *text))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// People's texts become nodes, never markup.
    #[test]
    fn no_script_reads_text_as_html() {
        for (name, _, text) in FILES.iter().filter(|(_, kind, _)| *kind == SCRIPT) {
            for door in [
                "innerHTML",
                "outerHTML",
                "insertAdjacentHTML",
                "document.write",
                "eval(",
                "DOMParser",
            ] {
                assert!(!text.contains(door), "{name} uses {door}");
            }
        }
    }

    /// Nothing is fetched from elsewhere, and every file that is named is there.
    #[test]
    fn files_name_only_each_other() {
        for (name, kind, text) in FILES {
            for word in text.split(['"', '\'']) {
                let local = word.strip_prefix("./").or_else(|| word.strip_prefix('/'));
                if let Some(file) =
                    local.filter(|file| !file.contains([' ', '/', '*']) && file.contains('.'))
                {
                    assert!(find(file).is_some(), "{name} names {file}");
                }
            }
            if *kind == CSS {
                assert!(!text.contains("url("), "{name} fetches something");
            }
        }
    }
}
