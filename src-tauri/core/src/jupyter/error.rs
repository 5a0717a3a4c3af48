//! Why a request to a Jupyter server failed.

use std::time::Duration;

use crate::words::jupyter;

/// The result of a request.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a request failed. `Display` is the reason that other messages quote.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No connection: nothing listens there yet, or not any more.
    #[error("{0}")]
    Unreachable(std::io::Error),
    /// The connection broke, or the answer is not HTTP.
    #[error("{0}")]
    Broken(#[from] hyper::Error),
    /// The answer could not be read to its end, or is too large.
    #[error("{0}")]
    Unread(Box<dyn std::error::Error + Send + Sync>),
    /// The request itself makes no sense.
    #[error("{0}")]
    Request(#[from] hyper::http::Error),
    /// No answer in time.
    #[error("{}", jupyter::no_answer(*.within))]
    Silent {
        /// How long the request waited.
        within: Duration,
    },
    /// The server refused, in its own words.
    #[error("{message}")]
    Refused {
        /// Its message.
        message: String,
    },
    /// The server answered with this status, or with an answer of an unknown form.
    #[error("{}", jupyter::status(*.status))]
    Status {
        /// The status of HTTP.
        status: u16,
    },
    /// The answer is not JSON.
    #[error("{}", jupyter::NOT_JSON)]
    NotJson,
    /// The kernel's websocket broke.
    #[error("{0}")]
    Websocket(Box<tokio_tungstenite::tungstenite::Error>),
    /// The websocket was closed before the code was done.
    #[error("{}", jupyter::CLOSED)]
    Closed,
    /// The code failed in the kernel.
    #[error("{message}")]
    Code {
        /// The error's name and its message.
        message: String,
        /// Its traceback.
        traceback: Vec<String>,
    },
}

impl From<tokio_tungstenite::tungstenite::Error> for Error {
    fn from(error: tokio_tungstenite::tungstenite::Error) -> Error {
        Error::Websocket(Box::new(error))
    }
}
