//! Writes and reads the bytes of an archive of images. Blocking.

use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};

use sha2::{Digest, Sha256};
use zstd::stream::{read, write};

use super::entries;
use super::manifest::{self, DIGEST, FOOT, Fault, Manifest};

/// zstd's usual level. A higher one takes five times as long for a tenth less.
const LEVEL: i32 = 3;
/// How far back equal parts are found, as a power of two: several images have the same files in layers of their own.
const WINDOW: u32 = 27;

/// Packs a tar archive of images. Answers with the size of the file.
///
/// # Errors
/// It is not whole, or cannot be written.
pub fn write(to: impl Write, manifest: &Manifest, tar: impl Read) -> Result<u64, Fault> {
    let mut file = Hashed::new(to);
    file.write_all(&manifest::head(manifest)?)?;
    let mut packer = write::Encoder::new(file, LEVEL)?;
    packer.include_checksum(true)?;
    packer.long_distance_matching(true)?;
    packer.window_log(WINDOW)?;
    packer.multithread(std::thread::available_parallelism().map_or(1, |cores| cores.get().min(8) as u32))?;
    let mut unpacked = Counted { inner: packer, count: 0 };
    entries::copy(tar, &mut unpacked, manifest.images.len())?;
    entries::end(&mut unpacked)?;
    let Counted { inner, count } = unpacked;
    let mut file = inner.finish()?;
    file.write_all(&manifest::foot(count))?;
    let Hashed { inner: mut to, hash, count: before } = file;
    to.write_all(&hash.finalize())?;
    to.flush()?;
    let packed = before + DIGEST as u64;
    manifest::bounded(count, packed)?;
    Ok(packed)
}

/// An archive whose head and foot are sound.
pub struct Opened<F> {
    file: F,
    /// The images.
    pub manifest: Manifest,
    head: Vec<u8>,
    /// The size of the file.
    pub packed: u64,
    unpacked: u64,
    digest: [u8; DIGEST],
}

/// Opens an archive.
///
/// # Errors
/// It is refused.
pub fn open<F: Read + Seek>(mut file: F) -> Result<Opened<F>, Fault> {
    let packed = file.seek(SeekFrom::End(0))?;
    file.rewind()?;
    let (manifest, head) = manifest::read_head(&mut file)?;
    if packed < (head.len() + FOOT) as u64 {
        return Err(Fault::Damaged);
    }
    let mut foot = [0; FOOT];
    file.seek(SeekFrom::Start(packed - FOOT as u64))?;
    file.read_exact(&mut foot)?;
    let (unpacked, digest) = manifest::read_foot(&foot, packed)?;
    Ok(Opened { file, manifest, head, packed, unpacked, digest })
}

impl<F: Read + Seek> Opened<F> {
    /// Unpacks the tar archive of the images. Its end is written only if the whole file is as it was written.
    /// `on_read` gets the number of bytes that were read, and may end it by an error.
    ///
    /// # Errors
    /// The file is incomplete, was changed or is unsound, or `to` fails.
    pub fn unpack(&mut self, to: &mut impl Write, on_read: impl FnMut(u64) -> io::Result<()>) -> Result<(), Fault> {
        let begin = self.head.len() as u64;
        self.file.seek(SeekFrom::Start(begin))?;
        let mut hash = Sha256::new();
        hash.update(&self.head);
        let frame = (&mut self.file).take(self.packed - FOOT as u64 - begin);
        let mut unpacker = read::Decoder::new(Watched { inner: frame, hash, count: begin, on_read })?;
        unpacker.window_log_max(WINDOW)?;
        // One byte more than it may have, to see that it has no more.
        let mut tar = (&mut unpacker).take(self.unpacked + 1);
        entries::copy(BufReader::with_capacity(1 << 17, &mut tar), to, self.manifest.images.len())?;
        io::copy(&mut tar, &mut io::sink())?;
        if tar.limit() != 1 {
            return Err(Fault::Damaged);
        }
        let mut watched = unpacker.finish().into_inner();
        io::copy(&mut watched, &mut io::sink())?;
        let mut hash = watched.hash;
        hash.update(manifest::foot(self.unpacked));
        if hash.finalize().as_slice() != self.digest {
            return Err(Fault::Damaged);
        }
        Ok(entries::end(to)?)
    }
}

/// Hashes and counts what is written.
struct Hashed<W> {
    inner: W,
    hash: Sha256,
    count: u64,
}

impl<W> Hashed<W> {
    fn new(inner: W) -> Hashed<W> {
        Hashed { inner, hash: Sha256::new(), count: 0 }
    }
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hash.update(&bytes[..written]);
        self.count += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Counts what is written.
struct Counted<W> {
    inner: W,
    count: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.count += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Hashes, counts and reports what is read.
struct Watched<R, W> {
    inner: R,
    hash: Sha256,
    count: u64,
    on_read: W,
}

impl<R: Read, W: FnMut(u64) -> io::Result<()>> Read for Watched<R, W> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(into)?;
        self.hash.update(&into[..read]);
        self.count += read as u64;
        (self.on_read)(self.count)?;
        Ok(read)
    }
}
