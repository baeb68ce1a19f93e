//! Files that hang on messages, as an issue names them.

use crate::domain::issue::file::Attached;
use crate::text::clean;

/// A file by its name.
pub(super) fn named(file: &Attached) -> String {
    format!("{} ({})", clean::plain(&file.name, 80), size(file.bytes))
}

/// A file that goes along.
pub(super) fn linked(file: &Attached, link: &str) -> String {
    let name = clean::plain(&file.name, 80);
    format!("[{name}]({link}) ({})", size(file.bytes))
}

/// A file that does not, beside others that do.
pub(super) fn left_out(file: &Attached) -> String {
    format!("{}, only in the thread on Discord", named(file))
}

/// A text without a file that did not come: it is named, and where else it was linked, the link leads to
/// its message.
pub fn without(text: &str, file: &Attached, message: &str) -> String {
    match &file.link {
        None => text.to_owned(),
        Some(link) => text
            .replace(&linked(file, link), &left_out(file))
            .replace(link.as_str(), message),
    }
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10),
    }
}
