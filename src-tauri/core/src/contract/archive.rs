//! What became of images that were written into a file, or taken from one.

use serde::Serialize;

/// A file with images.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Exported {
    /// Its path.
    pub file: String,
    /// Its size, bytes.
    pub size: u64,
    /// The images in it.
    pub images: Vec<ArchivedImage>,
}

/// An image in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ArchivedImage {
    /// Its name.
    pub name: String,
    /// Its size on the engine, bytes. Images share parts of it.
    pub size: u64,
}

/// What was taken from a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Imported {
    /// The path of the file.
    pub file: String,
    /// The version of the program that wrote it.
    pub program: String,
    /// The images in it.
    pub images: Vec<ImportedImage>,
}

/// What became of an image in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ImportedImage {
    /// Its name.
    pub name: String,
    /// What became of it.
    pub came: Came,
    /// It was built from another definition than this program has: the app builds its own.
    pub of_another_version: bool,
}

/// What became of an image in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Came {
    /// It is new on the engine.
    New,
    /// The engine had it.
    Present,
    /// It took the name of another one.
    Replaced,
    /// The engine has one of this name that fits this program better, which keeps it.
    Left,
}
