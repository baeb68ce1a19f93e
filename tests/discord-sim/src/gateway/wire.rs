//! How a frame becomes bytes: text, zlib per payload, or one zlib stream per connection.

use flate2::{Compress, Compression, FlushCompress, Status};
use tokio_websockets::Message;

/// How a connection's frames are packed.
pub(super) enum Wire {
    /// Text; with `compress_from`, longer frames (bytes) are each a zlib stream of their own.
    Plain { compress_from: Option<usize> },
    /// `compress=zlib-stream`: one stream, each frame ends with a sync flush.
    Stream(Box<Compress>),
}

impl Wire {
    pub(super) fn plain() -> Self {
        Self::Plain {
            compress_from: None,
        }
    }

    pub(super) fn zlib_stream() -> Self {
        Self::Stream(Box::new(Compress::new(Compression::default(), true)))
    }

    /// IDENTIFY asked for payload compression. A connection that already has transport
    /// compression keeps that; Discord allows only one.
    pub(super) fn compress_payloads(&mut self, from: usize) {
        if let Self::Plain { compress_from } = self {
            *compress_from = Some(from);
        }
    }

    pub(super) fn pack(&mut self, frame: String) -> anyhow::Result<Message> {
        match self {
            Self::Plain {
                compress_from: Some(from),
            } if frame.len() > *from => {
                let mut one = Compress::new(Compression::default(), true);
                let packed = run(&mut one, frame.as_bytes(), FlushCompress::Finish)?;
                Ok(Message::binary(packed))
            }
            Self::Plain { .. } => Ok(Message::text(frame)),
            Self::Stream(stream) => {
                let packed = run(stream, frame.as_bytes(), FlushCompress::Sync)?;
                Ok(Message::binary(packed))
            }
        }
    }
}

/// Compresses all of `input`; `compress_vec` stops when its output is full.
fn run(
    stream: &mut Compress,
    input: &[u8],
    flush: FlushCompress,
) -> Result<Vec<u8>, flate2::CompressError> {
    let mut output = Vec::with_capacity(input.len() / 2 + 64);
    let start = stream.total_in();
    loop {
        let done = usize::try_from(stream.total_in() - start).unwrap_or(usize::MAX);
        let rest = input.get(done..).unwrap_or_default();
        let status = stream.compress_vec(rest, &mut output, flush)?;
        let left_room = output.len() < output.capacity();
        let all_in = usize::try_from(stream.total_in() - start).unwrap_or(0) >= input.len();
        if status == Status::StreamEnd
            || (all_in && left_room && matches!(flush, FlushCompress::Sync))
        {
            return Ok(output);
        }
        output.reserve(output.capacity().max(64));
    }
}

#[cfg(test)]
mod tests {
    use flate2::{Decompress, FlushDecompress};

    use super::*;

    fn inflate(stream: &mut Decompress, message: &Message) -> String {
        assert!(message.is_binary());
        let mut text = Vec::with_capacity(1 << 20);
        stream
            .decompress_vec(message.as_payload(), &mut text, FlushDecompress::Sync)
            .unwrap();
        String::from_utf8(text).unwrap()
    }

    /// Text that compresses badly, so that the output outgrows its first room.
    fn noise(length: usize) -> String {
        let mut state = 7_u32;
        let letter = move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            char::from_u32(33 + (state >> 24) % 90).unwrap()
        };
        std::iter::repeat_with(letter).take(length).collect()
    }

    #[test]
    fn one_stream_carries_every_frame() {
        let mut wire = Wire::zlib_stream();
        let mut reader = Decompress::new(true);
        for frame in [noise(5), noise(40_000), String::from("{}"), noise(3000)] {
            let packed = wire.pack(frame.clone()).unwrap();
            assert!(packed.as_payload().ends_with(&[0, 0, 0xff, 0xff]));
            assert_eq!(inflate(&mut reader, &packed), frame);
        }
    }

    #[test]
    fn only_long_payloads_are_compressed_and_each_stands_alone() {
        let mut wire = Wire::plain();
        wire.compress_payloads(1000);
        assert!(wire.pack(noise(1000)).unwrap().is_text());
        for _ in 0..2 {
            let frame = noise(30_000);
            let packed = wire.pack(frame.clone()).unwrap();
            assert_eq!(inflate(&mut Decompress::new(true), &packed), frame);
        }
    }
}
