//! The files that went along with issues, for whoever knows their addresses.
//!
//! * Pictures that can do nothing are shown; everything else is given to be kept. What it is, is told by
//!   its bytes. No browser guesses otherwise, runs anything in it, or finds it in a search.
//! * A file is read portion by portion, so that many who read slowly take little memory. When it is deleted
//!   meanwhile, its reader gets no more of it.

use std::fmt::Write as _;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
    HeaderName, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{Response, StatusCode};
use futures_util::stream;

use super::Served;
use crate::domain::issue::file::picture_type;
use crate::store::{FileRow, Store, StoreError};

/// What every file is sent with.
const CAREFUL: [(HeaderName, &str); 6] = [
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; frame-ancestors 'none'; sandbox",
    ),
    (REFERRER_POLICY, "no-referrer"),
    // What is deleted here is to be nowhere else.
    (CACHE_CONTROL, "no-store"),
    (HeaderName::from_static("x-robots-tag"), "noindex, nofollow"),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];

/// Gives a file.
pub(super) async fn shown(
    State(served): State<Served>,
    Path(key): Path<String>,
) -> Result<Response<Body>, StatusCode> {
    let is_key = key.len() == 32 && key.bytes().all(|c| c.is_ascii_hexdigit());
    if !is_key {
        return Err(StatusCode::NOT_FOUND);
    }
    let store = served.web.store;
    let refused = |error: StoreError| {
        tracing::warn!(%error, "a file could not be read");
        StatusCode::SERVICE_UNAVAILABLE
    };
    let found = store.find_file(&key).await.map_err(refused)?;
    let file = found.ok_or(StatusCode::NOT_FOUND)?;
    let first = store.find_file_part(&key, 0).await.map_err(refused)?;
    let first = first.unwrap_or_default();
    let picture = picture_type(&first);
    let mut answer = Response::builder()
        .header(CONTENT_TYPE, picture.unwrap_or("application/octet-stream"))
        .header(CONTENT_DISPOSITION, disposition(&file, picture.is_some()))
        .header(CONTENT_LENGTH, file.bytes);
    for (name, value) in CAREFUL {
        answer = answer.header(name, value);
    }
    answer
        .body(content(store, key, file.bytes, first))
        .map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}

/// What is in a file, read as it is sent.
fn content(store: Store, key: String, bytes: u64, first: Vec<u8>) -> Body {
    let sent = (store, key, bytes, Some(first), 0);
    Body::from_stream(stream::unfold(
        sent,
        |(store, key, left, first, part)| async move {
            if left == 0 {
                return None;
            }
            let portion = match first {
                Some(first) => Ok(Some(first)),
                None => store.find_file_part(&key, part).await,
            };
            let portion = match portion {
                Ok(portion) => portion.ok_or("it was deleted meanwhile".into()),
                Err(error) => Err(Box::<dyn std::error::Error + Send + Sync>::from(error)),
            };
            let length = portion.as_ref().map_or(0, |portion| portion.len() as u64);
            let left = if portion.is_ok() {
                left.saturating_sub(length)
            } else {
                0
            };
            Some((portion, (store, key, left, None, part + 1)))
        },
    ))
}

/// Whether it is shown, and its name. Source: RFC 6266 and RFC 8187.
fn disposition(file: &FileRow, shown: bool) -> String {
    let mut text = if shown { "inline" } else { "attachment" }.to_owned();
    text.push_str("; filename*=UTF-8''");
    for byte in file.name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                text.push(char::from(byte));
            }
            // Writing to a String cannot fail.
            _ => write!(text, "%{byte:02X}").unwrap_or_default(),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_be_anything() {
        let file = |name: &str| FileRow {
            name: name.to_owned(),
            bytes: 1,
        };
        assert_eq!(
            disposition(&file("a b\"\r\n;é.log"), false),
            "attachment; filename*=UTF-8''a%20b%22%0D%0A%3B%C3%A9.log"
        );
        assert_eq!(
            disposition(&file("a.png"), true),
            "inline; filename*=UTF-8''a.png"
        );
    }
}
