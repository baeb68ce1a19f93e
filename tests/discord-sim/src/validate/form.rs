//! The JSON inside a multipart form.

use serde_json::Value;

/// The part `payload_json` of a form, if it has one and it is JSON.
///
/// The form was already read by the REST API; this only looks for the one part it needs.
pub(super) fn payload_json(content_type: &str, body: &[u8]) -> Option<Value> {
    let boundary = content_type.split("boundary=").nth(1)?.trim_matches('"');
    // Bytes of files become replacement characters; the JSON part is UTF-8 and stays as it is.
    let text = String::from_utf8_lossy(body);
    text.split(&format!("--{boundary}"))
        .filter_map(|part| part.split_once("\r\n\r\n"))
        .find(|(head, _)| head.contains("name=\"payload_json\""))
        .and_then(|(_, json)| serde_json::from_str(json.trim()).ok())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::payload_json;

    #[test]
    fn the_json_part_is_found_beside_a_file() {
        let body = b"--x\r\nContent-Disposition: form-data; name=\"files[0]\"; filename=\"a\"\r\n\r\n\xff\xfe\r\n\
            --x\r\nContent-Disposition: form-data; name=\"payload_json\"\r\n\r\n{\"content\":\"hi\"}\r\n--x--\r\n";
        assert_eq!(
            payload_json("multipart/form-data; boundary=x", body),
            Some(json!({"content": "hi"}))
        );
    }
}
