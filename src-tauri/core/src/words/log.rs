//! The words that stand in logs beside the lines of their sources.

/// Stands for the older lines of a log of which the engine keeps at most `mb` megabytes.
pub(crate) fn cut(mb: u64) -> String {
    format!(
        "Older lines may be gone: the engine keeps at most {mb} MB of this log. The size is `log_mb` in `limits` of the \
         settings."
    )
}
