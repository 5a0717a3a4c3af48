//! What an archive of images says of itself: its head, before the images, and its foot, behind them. Pure.
//!
//! The file is one stream of zstd, so that `zstd -dc FILE | tar -t` lists it:
//!
//! - head, a skippable frame: `orchest-images 1 DIGEST`, a line break, and the manifest as JSON, which has this digest
//! - the images in one frame, packed from a tar archive as engines export it; no image has a name in it
//! - foot, a skippable frame: the size of that tar archive, and the SHA-256 of the whole file before it
//!
//! A newer program that writes something else counts the number up.

use std::collections::BTreeSet;
use std::io::{self, Read};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::words::archive as words;

/// The number of this format.
pub const FORMAT: u32 = 1;
/// The first word of the head.
const WORD: &[u8] = b"orchest-images ";
/// The numbers by which frames of zstd that are skipped begin: of the head, and of the foot.
const FRAMES: [u32; 2] = [0x184D_2A50, 0x184D_2A51];
/// The size of the foot: its number, its length, the size of the tar archive, and the digest.
pub(super) const FOOT: usize = 4 + 4 + 8 + DIGEST;
/// The size of a digest.
pub(super) const DIGEST: usize = 32;
/// The largest head, bytes.
const LARGEST_HEAD: u32 = 1 << 20;
/// The largest number of images.
const MOST_IMAGES: usize = 256;
/// So many times its own size a file may become, with `SMALL` bytes that count for nothing.
const LARGEST_RATIO: u64 = 100;
const SMALL: u64 = 1 << 30;

/// The images of an archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The version of the program that wrote it.
    pub program: String,
    /// The architecture of the images, such as `amd64`.
    pub architecture: String,
    /// The images.
    pub images: Vec<Image>,
}

/// An image of an archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// Its name with its tag.
    pub name: String,
    /// Its id on the engine that it comes from. Another kind of engine may give it another one.
    pub id: String,
    /// Its size, bytes.
    pub size: u64,
    /// The digests of its layers, the lowest first.
    pub layers: Vec<String>,
    /// The digest of the definition that it was built from.
    pub definition: Option<String>,
    /// The image of this archive that it was built on.
    pub base: Option<String>,
}

/// Why a file is refused.
#[derive(Debug)]
pub enum Fault {
    /// It is no archive of images.
    NotOurs,
    /// It has another format.
    Format(u32),
    /// It is incomplete, or was changed.
    Damaged,
    /// It was made to do harm, or by a program with other bounds.
    Unsound(&'static str),
    /// It cannot be read.
    Io(io::Error),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Fault {
        match error.kind() {
            // What zstd and tar say of damaged data. A disk that fails says something else.
            io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData | io::ErrorKind::Other => Fault::Damaged,
            _ => Fault::Io(error),
        }
    }
}

/// The head of an archive with these images.
///
/// # Errors
/// A program that reads archives would refuse it.
pub fn head(manifest: &Manifest) -> Result<Vec<u8>, Fault> {
    sound(manifest).map_err(Fault::Unsound)?;
    let json = serde_json::to_vec(manifest).map_err(io::Error::from)?;
    let line = format!("{FORMAT} {}\n", hex::encode(Sha256::digest(&json)));
    let text = [WORD, line.as_bytes(), &json].concat();
    let length = u32::try_from(text.len()).ok().filter(|length| *length <= LARGEST_HEAD);
    let length = length.ok_or(Fault::Unsound(words::LONG_LIST))?;
    Ok([&FRAMES[0].to_le_bytes()[..], &length.to_le_bytes(), &text].concat())
}

/// Reads the head of an archive, and answers with its bytes too.
///
/// # Errors
/// The file is refused.
pub fn read_head(mut file: impl Read) -> Result<(Manifest, Vec<u8>), Fault> {
    let mut bytes = vec![0; 8 + WORD.len()];
    let not_ours = |error: io::Error| match error.kind() {
        io::ErrorKind::UnexpectedEof => Fault::NotOurs,
        _ => Fault::Io(error),
    };
    file.read_exact(&mut bytes).map_err(not_ours)?;
    let (begin, word) = bytes.split_at(8);
    let (number, length) = (u32_of(&begin[..4]), u32_of(&begin[4..]));
    if number != FRAMES[0] || word != WORD {
        return Err(Fault::NotOurs);
    }
    let rest = length.checked_sub(WORD.len() as u32).filter(|_| length <= LARGEST_HEAD).ok_or(Fault::Damaged)?;
    let mut text = vec![0; rest as usize];
    file.read_exact(&mut text)?;
    let line_end = text.iter().take(128).position(|byte| *byte == b'\n').ok_or(Fault::Damaged)?;
    let line = std::str::from_utf8(&text[..line_end]).map_err(|_| Fault::Damaged)?;
    let (format, digest) = line.split_once(' ').ok_or(Fault::Damaged)?;
    match format.parse() {
        Ok(FORMAT) => {}
        Ok(other) => return Err(Fault::Format(other)),
        Err(_) => return Err(Fault::Damaged),
    }
    let json = &text[line_end + 1..];
    if hex::encode(Sha256::digest(json)) != digest {
        return Err(Fault::Damaged);
    }
    let manifest: Manifest = serde_json::from_slice(json).map_err(|_| Fault::Damaged)?;
    sound(&manifest).map_err(Fault::Unsound)?;
    bytes.extend(text);
    Ok((manifest, bytes))
}

/// The foot of an archive, without the digest of all that is before that.
pub fn foot(unpacked: u64) -> Vec<u8> {
    let length = (FOOT - 8) as u32;
    [&FRAMES[1].to_le_bytes()[..], &length.to_le_bytes(), &unpacked.to_le_bytes()].concat()
}

/// The size of the tar archive and the digest that a foot names. `packed`: the size of the whole file.
///
/// # Errors
/// It is none, or names a size that no images have.
pub fn read_foot(foot: &[u8; FOOT], packed: u64) -> Result<(u64, [u8; DIGEST]), Fault> {
    let (begin, digest) = foot.split_at(FOOT - DIGEST);
    let unpacked = u64::from_le_bytes(begin[8..].try_into().unwrap_or_default());
    if begin != self::foot(unpacked) {
        return Err(Fault::Damaged);
    }
    bounded(unpacked, packed)?;
    Ok((unpacked, digest.try_into().unwrap_or_default()))
}

/// Refuses a tar archive that is far larger than its file.
///
/// # Errors
/// It is.
pub(super) fn bounded(unpacked: u64, packed: u64) -> Result<(), Fault> {
    if unpacked > packed.saturating_mul(LARGEST_RATIO).saturating_add(SMALL) {
        return Err(Fault::Unsound(words::TOO_LARGE));
    }
    Ok(())
}

fn u32_of(bytes: &[u8]) -> u32 {
    u32::from_le_bytes(bytes.try_into().unwrap_or_default())
}

/// Whether a manifest keeps to what images of an engine can have. If not, what is wrong with it.
fn sound(manifest: &Manifest) -> Result<(), &'static str> {
    let is_plain = |text: &str, longest| {
        !text.is_empty() && text.len() <= longest && text.bytes().all(|byte| byte.is_ascii_graphic())
    };
    if !is_plain(&manifest.program, 64) || !is_plain(&manifest.architecture, 64) {
        return Err(words::NO_WRITER);
    }
    let names: BTreeSet<&str> = manifest.images.iter().map(|image| image.name.as_str()).collect();
    if manifest.images.is_empty() || manifest.images.len() > MOST_IMAGES || names.len() != manifest.images.len() {
        return Err(words::ODD_IMAGES);
    }
    for image in &manifest.images {
        let optional = [&image.definition, &image.base].into_iter().flatten().all(|text| is_plain(text, 512));
        let digests = image.layers.iter().chain([&image.id]).all(|digest| is_digest(digest));
        if !is_name(&image.name) || !digests || !optional || image.layers.len() > 512 {
            return Err(words::ODD_NAME);
        }
    }
    Ok(())
}

fn is_digest(text: &str) -> bool {
    text.strip_prefix("sha256:").is_some_and(is_hex)
}

/// Whether a text is a SHA-256 in lower case.
pub(super) fn is_hex(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// A name with its tag.
pub fn with_tag(name: &str) -> String {
    let tagged = name.rsplit('/').next().is_some_and(|last| last.contains(':'));
    if tagged { name.to_owned() } else { format!("{name}:latest") }
}

/// Whether an engine can give this name, with a tag, to an image.
pub fn is_name(name: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'/' | b':');
    let begins_well = name.bytes().next().is_some_and(|first| first.is_ascii_alphanumeric());
    let last = name.rsplit('/').next().unwrap_or_default();
    let tagged = last.split_once(':').is_some_and(|(name, tag)| !name.is_empty() && !tag.is_empty());
    name.len() <= 400 && name.bytes().all(letter) && begins_well && tagged && !name.contains("..")
}
