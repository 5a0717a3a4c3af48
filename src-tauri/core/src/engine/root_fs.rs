//! Images as archives: a file out of an image, and an image from the archive of a root file system.

use std::io;

use bollard::body_try_stream;
use bollard::models::{ContainerCreateBody, HostConfig};
use bollard::query_parameters::{
    CreateContainerOptionsBuilder, CreateImageOptionsBuilder, DownloadFromContainerOptionsBuilder,
};
use bytes::{Buf, Bytes, BytesMut};
use futures_util::{Stream, StreamExt};

use super::Engine;
use super::calls::{error, words};
use crate::words::engine as actions;
use crate::words::error::Result;

impl Engine {
    /// Creates a container that is never started, so that files of its image can be read.
    pub async fn open_image(&self, image: &str, container: &str) -> Result<()> {
        let options = CreateContainerOptionsBuilder::default().name(container).build();
        let body = ContainerCreateBody {
            image: Some(image.to_owned()),
            entrypoint: Some(vec!["/nothing".to_owned()]),
            host_config: Some(HostConfig { network_mode: Some("none".to_owned()), ..HostConfig::default() }),
            ..ContainerCreateBody::default()
        };
        let created = self.docker.create_container(Some(options), body).await;
        created.map(drop).map_err(|refusal| error(&actions::create_container(container), &refusal))
    }

    /// The contents of a file in a container.
    pub fn file_in(&self, container: &str, path: &str) -> impl Stream<Item = io::Result<Bytes>> + Send + use<> {
        let options = DownloadFromContainerOptionsBuilder::default().path(path).build();
        let archive = self.docker.download_from_container(container, Some(options));
        let mut file = OneFile::default();
        archive.map(move |part| {
            let part = part.map_err(|refusal| io::Error::other(words(&refusal)))?;
            file.take(&part).ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))
        })
    }

    /// Makes an image from a tar archive of its files. The inner error is the engine's own message.
    pub async fn import(
        &self,
        name: &str,
        command: &str,
        archive: impl Stream<Item = io::Result<Bytes>> + Send + 'static,
    ) -> std::result::Result<(), String> {
        let (repository, tag) = name.rsplit_once(':').unwrap_or((name, "latest"));
        let options = CreateImageOptionsBuilder::default()
            .from_src("-")
            .repo(repository)
            .tag(tag)
            .changes(vec![format!("CMD [{command:?}]")])
            .build();
        let mut stream = Box::pin(self.docker.create_image(Some(options), Some(body_try_stream(archive)), None));
        // The engine answers before it has read the archive; an error comes in the stream.
        while let Some(message) = stream.next().await {
            let message = message.map_err(|refusal| words(&refusal))?;
            if let Some(detail) = message.error_detail {
                return Err(detail.message.unwrap_or_else(|| actions::IMPORT_FAILED.to_owned()));
            }
        }
        Ok(())
    }
}

/// The contents of the first file in a tar archive that comes in parts. Pure.
#[derive(Default)]
struct OneFile {
    /// What has come of a header.
    header: BytesMut,
    /// The bytes of an extended header that are still to be left out.
    left_out: u64,
    /// The bytes of the file that are still to come.
    rest: Option<u64>,
}

/// The size of a block of a tar archive.
const BLOCK: usize = 512;

impl OneFile {
    /// The contents that a part has. `None` if the archive begins with no file.
    fn take(&mut self, part: &[u8]) -> Option<Bytes> {
        let mut part = Bytes::copy_from_slice(part);
        while self.rest.is_none() {
            let skipped = usize::try_from(self.left_out).unwrap_or(usize::MAX).min(part.len());
            part.advance(skipped);
            self.left_out -= u64::try_from(skipped).unwrap_or_default();
            let more = (BLOCK - self.header.len()).min(part.len());
            self.header.extend_from_slice(&part.split_to(more));
            if self.header.len() < BLOCK {
                return Some(Bytes::new());
            }
            let block = std::mem::take(&mut self.header);
            let header = tar::Header::from_byte_slice(&block);
            let size = header.entry_size().ok()?;
            match header.entry_type() {
                tar::EntryType::Regular => self.rest = Some(size),
                tar::EntryType::XHeader | tar::EntryType::XGlobalHeader | tar::EntryType::GNULongName => {
                    self.left_out = size.next_multiple_of(512);
                }
                _ => return None,
            }
        }
        let rest = self.rest.unwrap_or_default();
        let taken = part.split_to(usize::try_from(rest).unwrap_or(usize::MAX).min(part.len()));
        self.rest = Some(rest - u64::try_from(taken.len()).unwrap_or_default());
        Some(taken)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn archive(entries: &[(tar::EntryType, &[u8])]) -> Vec<u8> {
        let mut archive = tar::Builder::new(Vec::new());
        for (kind, contents) in entries {
            let mut header = tar::Header::new_ustar();
            header.set_entry_type(*kind);
            header.set_size(contents.len() as u64);
            archive.append_data(&mut header, "name", *contents).unwrap();
        }
        archive.into_inner().unwrap()
    }

    fn taken(archive: &[u8], piece: usize) -> Option<Vec<u8>> {
        let mut file = OneFile::default();
        archive.chunks(piece).try_fold(Vec::new(), |mut all, part| {
            all.extend_from_slice(&file.take(part)?);
            Some(all)
        })
    }

    #[test]
    fn a_file_is_the_same_in_parts_of_any_size_and_behind_extended_headers() {
        let contents: Vec<u8> = (0..1500_u32).map(|n| n.to_le_bytes()[0]).collect();
        let entries = [(tar::EntryType::XHeader, b"27 mtime=1.5\n".as_slice()), (tar::EntryType::Regular, &contents)];
        for piece in [1, 7, 511, 512, 513, 100_000] {
            assert_eq!(taken(&archive(&entries), piece).as_ref(), Some(&contents), "{piece}");
        }
        assert_eq!(taken(&archive(&entries[1..]), 600).as_ref(), Some(&contents));
        assert_eq!(taken(&archive(&[(tar::EntryType::Regular, b"")]), 600), Some(Vec::new()));
    }

    #[test]
    fn what_is_no_file_has_no_contents() {
        assert_eq!(taken(&archive(&[(tar::EntryType::Directory, b"")]), 512), None);
        assert_eq!(taken(&[7; 1024], 512), None, "no archive");
    }
}
