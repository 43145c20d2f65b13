//! Content encodings (RFC 9110, 8.4.1), for faults alone: every byte is stored, none is compressed.

/// gzip (RFC 1952).
pub fn gzip(body: &[u8]) -> Vec<u8> {
    // No name, no time, an unknown system.
    let mut bytes = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    store(body, &mut bytes);
    bytes.extend(crc32(body).to_le_bytes());
    // The length, modulo 2^32.
    bytes.extend_from_slice(&(body.len() as u64).to_le_bytes()[..4]);
    bytes
}

/// What HTTP calls deflate: zlib (RFC 1950).
pub fn deflate(body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x78, 0x01];
    store(body, &mut bytes);
    bytes.extend(adler32(body).to_be_bytes());
    bytes
}

/// Blocks without compression (RFC 1951, 3.2.4).
fn store(body: &[u8], bytes: &mut Vec<u8>) {
    const MOST: usize = 0xffff;
    let blocks: Vec<&[u8]> = if body.is_empty() { vec![body] } else { body.chunks(MOST).collect() };
    for (place, block) in blocks.iter().enumerate() {
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        bytes.push(u8::from(place + 1 == blocks.len()));
        bytes.extend(length.to_le_bytes());
        bytes.extend((!length).to_le_bytes());
        bytes.extend_from_slice(block);
    }
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc: u32, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| crc >> 1 ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 })
    })
}

fn adler32(bytes: &[u8]) -> u32 {
    const PRIME: u32 = 65_521;
    let (a, b) = bytes.iter().fold((1, 0), |(a, b): (u32, u32), byte| {
        let a = (a + u32::from(*byte)) % PRIME;
        (a, (a + b) % PRIME)
    });
    b << 16 | a
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_the_known_ones() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(adler32(b"Wikipedia"), 0x11e6_0398);
    }

    #[test]
    fn long_and_empty_bodies_have_their_blocks() {
        let long = gzip(&vec![7; 70_000]);
        assert_eq!(long.len(), 10 + 5 + 65_535 + 5 + 4465 + 8);
        assert_eq!((long[10], long[10 + 5 + 65_535]), (0, 1), "only the last block is marked as such");
        assert_eq!(deflate(b""), [0x78, 0x01, 1, 0, 0, 0xff, 0xff, 0, 0, 0, 1]);
    }
}
